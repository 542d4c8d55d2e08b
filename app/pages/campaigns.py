"""The campaign pages: the list, one campaign with its posts × channels, put away and brought back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import Markup

from app.access import RANK
from app.flow import approvers, campaigns
from app.lifecycles.campaign import next_step, state
from app.lifecycles.machine import State
from app.moves import Refused
from app.pages import campaign_query
from app.pages.buttons import by_person
from app.pages.campaign_grid import Grid, grid
from app.pages.campaign_query import SHOWN, Known
from app.pages.campaign_ways import Way, leading, own
from app.pages.forms import choice, number, read
from app.pages.posts_filters import BIGGEST_ID, one_of
from app.pages.posts_filters import number as number_in
from app.pages.render import Page, page, see_other, team_of
from app.pages.shell import Banner
from app.prose import markdown
from app.sessions import Who
from app.times import local, moment

GONE = "This campaign is gone."
LOUD = Banner("review", "sparkles", "Autopilot is on in this campaign: finished drafts are scheduled without anybody"
              " reading them.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign of the list."""

    id: int
    title: str
    label: str
    state: State
    value: int
    most: int
    progress: str
    next: str
    iso: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """`other` leads to the archived ones, or back from them; `older` to the campaigns before these."""

    lines: tuple[Line, ...]
    archived: bool
    other: str
    older: str
    writes: bool


@dataclass(frozen=True, slots=True)
class CampaignPage:
    """`grid` holds its posts; `more` of them are only in the list of posts."""

    id: int
    line: Line
    brief: Markup
    settled: tuple[tuple[str, str], ...]
    next_step: str
    beside: int
    grid: Grid
    more: int
    ways: tuple[Way, ...]
    rest: tuple[Way, ...]
    version: int
    archived: bool
    writes: bool
    alert: str


@dataclass(frozen=True, slots=True)
class ArchivePage:
    id: int
    title: str
    version: int


@dataclass(frozen=True, slots=True)
class PutForm:
    name: str = choice("archive", "unarchive")
    version: int = number(1, 2**31 - 1)


@get("/campaigns")
async def campaigns_page(request: Request[Who, Any, Any]) -> Page:
    sent = request.query_params
    archived = one_of(sent, "archived", ("1",)) == "1"
    found = await campaign_query.several(archived=archived, before=number_in(sent, "before") or BIGGEST_ID)
    shown = found[: campaign_query.PAGE]
    context = ListPage(
        lines=tuple(line(known, request.user.zone) for known in shown),
        archived=archived,
        other="/campaigns" if archived else "/campaigns?archived=1" if await campaign_query.archived_too() else "",
        older=_older(shown[-1].id, archived=archived) if len(found) > len(shown) else "",
        writes=RANK[request.user.role] >= RANK["writer"],
    )
    return await page("campaigns/list.html", context, request=request, title="Campaigns", nav="campaigns")


@get("/campaigns/{id:int}")
async def campaign_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    return await whole(request, id)


@get("/campaigns/{id:int}/archive")
async def ask_archive(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    known = await load(id)
    context = ArchivePage(id, known.title, known.version)
    return await page("campaigns/archive.html", context, request=request, title="Archive", nav="campaigns")


@post("/campaigns/{id:int}/archive")
async def put(request: Request[Who, Any, Any], id: FromPath[int]) -> Page | Response[None]:
    form = await read(request, PutForm)
    await load(id)
    try:
        await PUTS[form.name](id, form.version, by=by_person(request.user))
    except Refused as refused:
        return await whole(request, id, alert=refused.reason, status=409)
    return see_other(f"/campaigns/{id}", flash="Archived." if form.name == "archive" else "Brought back.")


PUTS = {"archive": campaigns.archive, "unarchive": campaigns.unarchive}


async def load(campaign: int) -> Known:
    """The campaign, or 404."""
    known = await campaign_query.one(campaign)
    if known is None:
        raise NotFoundException(GONE)
    return known


async def whole(request: Request[Who, Any, Any], id: int, *, alert: str = "", status: int = 200) -> Page:
    """The campaign's page, perhaps with why nothing was done."""
    known, who = await load(id), request.user
    posts = await campaign_query.posts(id)
    more = known.statuses.total() - SHOWN if len(posts) > SHOWN else 0
    ways = () if known.archived else leading(known, who, posts)
    context = CampaignPage(
        id=id,
        line=line(known, who.zone),
        brief=Markup(markdown.render(known.brief)),  # noqa: S704  (sanitised there)
        settled=_settled(known, request, [one.name for one in await approvers.of(id)]),
        next_step=next_step(known.statuses),
        beside=known.standing.beside,
        grid=grid(posts[:SHOWN], await campaign_query.channels(), who.zone, local(known.now, who.zone).date()),
        more=more,
        ways=ways[:3],
        rest=(*ways[3:], *own(known, who)),
        version=known.version,
        archived=known.archived,
        writes=RANK[who.role] >= RANK["writer"],
        alert=alert,
    )
    return await page(
        "campaigns/campaign.html", context, request=request, title=known.title, nav="campaigns", status=status,
        banners=[LOUD] if known.mode == "autopilot" else (),
    )  # fmt: skip


def line(known: Known, zone: str) -> Line:
    """A campaign as every page shows it: its state's words, its bar, when it publishes next."""
    standing = known.standing
    value, said = standing.progress
    return Line(
        known.id, known.title, standing.label, state(standing.state), value, standing.counted,
        said if standing.counted else "", _moment(known.next, known.now, zone),
        known.next.isoformat() if known.next else "",
    )  # fmt: skip


def _moment(at: datetime | None, now: datetime, zone: str) -> str:
    return moment(at, zone, local(now, zone).date()) if at else ""


def _older(last: int, *, archived: bool) -> str:
    return f"/campaigns?{urlencode({'before': last} | ({'archived': 1} if archived else {}))}"


def _settled(known: Known, request: Request[Who, Any, Any], named: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """How it is approved and published, in words; `named` people all have to approve."""
    team = team_of(request)
    mode = MODES[team.mode] + ", the team’s mode" if known.follows_team else MODES[known.mode]
    needed = known.approvals_needed or team.approvals_needed
    whose = "" if known.approvals_needed else ", the team’s number"
    return ("On approval", mode), ("Approvals needed", ", ".join(named) or f"{needed}{whose}")


MODES = {
    "": "Nothing is scheduled", "manual": "Nothing is scheduled", "approval": "A post with a future time is scheduled",
    "autopilot": "Finished drafts are scheduled unread",
}  # fmt: skip
