"""The calendar's tray: posts that have no date yet, each to be dragged onto a day or given one. For its pages."""

from dataclasses import dataclass

from asyncpg import Record

from app.access import RANK
from app.lifecycles.phrases import bounded
from app.pages import calendar_query as query
from app.pages.calendar_days import back_to, way
from app.pages.calendar_sight import Sight
from app.pages.glance import Glance, glance
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class Idea:
    """A post without a date; `drop` is where a drag onto a day sends it, `move` the page that asks for the day."""

    post: Glance
    version: int
    move: str
    drop: str


@dataclass(frozen=True, slots=True)
class Tray:
    """What has no date: the newest ones, and how many there are in all; of very many, `said` is 999+."""

    posts: tuple[Idea, ...]
    count: int

    @property
    def said(self) -> str:
        return bounded(self.count, query.COUNTED)


async def tray(sight: Sight) -> Tray:
    """The ideas that the filters let through; a colour group does not hide them."""
    found = await query.undated(sight.asked.campaign, sight.asked.channel)
    ideas = tuple(_idea(record, sight) for record in found)
    return Tray(ideas, found[0]["in_all"] if found else 0)


def writes(who: Who) -> bool:
    """Whether this person may plan posts."""
    return RANK[who.role] >= RANK["writer"]


def _idea(record: Record, sight: Sight) -> Idea:
    post = glance(record, sight.channels)
    own = post.author is not None and post.author == sight.by.person
    drop = f"/posts/{post.id}/time" if way(post.status, sight.by, own=own) else ""
    move = drop and drop + back_to(sight.asked.address())
    return Idea(post, record["version"], move, drop)
