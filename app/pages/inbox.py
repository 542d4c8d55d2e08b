"""The inbox: what waits for this person, in the order it should be done, each with the one button that helps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asyncpg import Record
from litestar import Request, get

from app import platforms
from app.access import allows
from app.lifecycles.post import POST
from app.lifecycles.statuses import PostStatus
from app.pages import inbox_query
from app.pages.cards import Button, Card, cards
from app.pages.channel_words import OTHERWISE, REASONS
from app.pages.inbox_query import FIX, MINE, UNDATED, Waiting
from app.pages.inbox_raised import Raised, raised
from app.pages.render import Page, page, team_of
from app.sessions import Who
from app.times import ago, local, moment

REVIEW = "review"
TITLES = {FIX: "Fix first", REVIEW: "Review", MINE: "Rejected", UNDATED: "Needs a date"}


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post that waits. `button` is its one way on, `reject` the second one a review needs, `more` other answers.

    `mark`: the pill of what a platform did on its own.
    """

    card: Card
    digest: str
    sentence: str
    age: str
    button: Button
    reject: Button | None
    more: tuple[Button, ...] = ()
    mark: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel that stopped working, and what waits for it."""

    id: int
    letter: str
    name: str
    title: str
    sentence: str
    age: str
    action: str


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are made of, by post: its card, the digest an approval would seal, what a platform did on its own."""

    cards: Mapping[int, Card]
    digests: Mapping[int, str]
    raised: Mapping[int, Raised]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its rows; `rest` leads to all of them when there are more than fit."""

    key: str
    title: str
    count: int
    channels: tuple[ChannelRow, ...]
    rows: tuple[PostRow, ...]
    rest: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    sections: tuple[Section, ...]
    count: int
    next: str


@get("/inbox")
async def inbox_page(request: Request[Who, Any, Any]) -> Page:
    who = request.user
    waiting = await inbox_query.sections(who)
    shown = [post for section in waiting.values() for post in section.posts]
    known = await cards(shown, who, team_of(request))
    digests = await inbox_query.digests([*waiting[REVIEW].posts] if REVIEW in waiting else [])
    told = await raised([post for section in waiting.values() for post in section.raised], who)
    channels = tuple(_channel_row(record, who) for record in await inbox_query.broken_channels())
    sections = _sections(waiting, Known(known, digests, told), channels, who)
    coming = "" if sections else _coming(await inbox_query.next_publish(), who.zone)
    context = InboxPage(sections, sum(section.count for section in sections), coming)
    return await page("inbox/page.html", context, request=request, title="Inbox", nav="inbox")


def _sections(
    waiting: Mapping[str, Waiting], known: Known, channels: tuple[ChannelRow, ...], who: Who
) -> tuple[Section, ...]:
    links = {
        FIX: "/posts?group=problem",
        REVIEW: "/posts?group=review&sort=publishes",
        MINE: f"/posts?status={PostStatus.REJECTED}&owner={who.id}",
        UNDATED: f"/posts?status={PostStatus.AWAITING_DATE}",
    }
    found = []
    for key, title in TITLES.items():
        posts, broken = waiting.get(key), channels if key == FIX else ()
        rows = _rows(posts, known) if posts else ()
        count = len(broken) + (posts.in_all if posts else 0)
        rest = links[key] if posts and posts.in_all > len(rows) else ""
        found.append(Section(key, title, count, broken, rows, rest))
    return tuple(section for section in found if section.count)


def _rows(waiting: Waiting, known: Known) -> tuple[PostRow, ...]:
    """In the order they came in, but a review that this person cannot decide goes last."""
    rows = [_row(post, known, ago(since, waiting.now)) for post, since in waiting.posts.items() if post in known.cards]
    return tuple(sorted(rows, key=lambda row: bool(row.digest) and not row.button.name))


def _row(post: int, known: Known, age: str) -> PostRow:
    card, digest = known.cards[post], known.digests.get(post, "")
    if told := known.raised.get(post):
        buttons = told.buttons or (_open(card),)
        return PostRow(card, digest, told.sentence, age, buttons[0], None, buttons[1:], told.mark)
    everything = (*card.buttons, *card.more)
    primary = next((button for button in everything if button.tone == "primary" and _fits(button, card)), None)
    reject = next((button for button in everything if button.name == "reject"), None)
    return PostRow(card, digest, _sentence(card), age, _calm(primary, card) if primary else _open(card), reject)


def _fits(button: Button, card: Card) -> bool:
    """A link, or a move of the post: the channel's own buttons need the whole story beside them."""
    return not button.name or button.href.startswith(f"/posts/{card.id}/")


def _sentence(card: Card) -> str:
    """What the pill does not say yet; the words that every post of this status has are left out."""
    state = POST.state(card.status)
    cause = [f"{card.headline}."] if card.headline else []
    told = [said for said, usual in ((card.why, state.meaning), (card.next, state.next)) if said and said != usual]
    return " ".join(cause + told) or card.next


def _calm(button: Button, card: Card) -> Button:
    """The button's own word without ink: a list of primary buttons would shout, and the sentence says what follows."""
    line = POST.find(button.name, card.status) if button.name else None
    label = f"{line.label}{'…' if line.confirm else ''}" if line else button.label
    return replace(button, label=label, tone="")


def _open(card: Card) -> Button:
    return Button(f"post-{card.id}-open", "", "Open", "arrow-right", "", False, f"/posts/{card.id}")


def _channel_row(record: Record, who: Who) -> ChannelRow:
    name, now = record["name"], record["now"]
    reconnects = allows(who, "POST /channels/{id:int}/settings")
    reason = REASONS.get(record["broken_kind"], OTHERWISE)
    return ChannelRow(
        id=record["id"],
        letter=platforms.platform(record["platform"]).letter,
        name=name,
        title=f"Reconnect {name}" if reconnects else f"{name} needs an admin",
        sentence=f"{reason[:1].upper()}{reason[1:]}. {_waits(record, who.zone)}",
        age=ago(record["broken_at"], now) if record["broken_at"] else "",
        action="Reconnect" if reconnects else "Open",
    )


def _waits(record: Record, zone: str) -> str:
    """What hangs on the channel."""
    n, now = record["waiting"], record["now"]
    if not n:
        return "Nothing waits for it yet."
    coming = record["next"]
    then = f", the next one {moment(coming, zone, local(now, zone).date())}" if coming else ""
    return f"{n} {'post waits' if n == 1 else 'posts wait'} for it{then}."


def _coming(at: datetime | None, zone: str) -> str:
    if at is None:
        return "Nothing is scheduled."
    return f"Next publish: {moment(at, zone, local(datetime.now(UTC), zone).date())}."
