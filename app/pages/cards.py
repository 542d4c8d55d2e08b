"""A post as a card: status, two sentences, the buttons its lifecycle opens for this person. For every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app import facts as fact_sheet
from app import platforms
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.offers import Offer
from app.lifecycles.post import POST, WORKING, group, label
from app.lifecycles.statuses import PostStatus
from app.pages import details, words
from app.pages.buttons import Button, buttons, by_person, may_write
from app.pages.details import Detail
from app.pages.words import View
from app.sessions import Team, Who
from app.times import day, local, moment

__all__ = ("Button", "Card", "Tile", "by_person", "card", "cards", "may_write")
FIRST = 3  # buttons beside the title; the rest is under "More"


@dataclass(frozen=True, slots=True)
class Tile:
    """A channel's letter tile."""

    letter: str
    name: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a post shows of itself wherever it stands."""

    id: int
    version: int
    title: str
    status: str
    status_label: str
    group: str
    icon: str
    headline: str
    why: str
    next: str
    buttons: tuple[Button, ...]
    more: tuple[Button, ...]
    closed: str
    working: bool
    when: str
    channels: tuple[Tile, ...]
    archived: bool

    @property
    def spins(self) -> bool:
        return self.working and self.icon == "loader-circle"


async def cards(posts: Sequence[int], who: Who, team: Team) -> dict[int, Card]:
    """The cards of several posts by id; two queries however many."""
    facts = await fact_sheet.many(posts)
    told = await details.of(posts)
    return {post: card(facts[post], told[post], who, team) for post in posts if post in facts}


def card(facts: PostFacts, detail: Detail, who: Who, team: Team) -> Card:
    offered = offers.offers(facts, by_person(who))
    decides = any(offer.name == "approve" and offer.why_not is None for offer in offered)
    view = View(facts, detail, who.zone, team.generation_on, decides)
    found = buttons(view, who, offered)
    state = POST.state(facts.status)
    return Card(
        id=detail.id,
        version=facts.version,
        title=detail.title,
        status=facts.status,
        status_label=label(facts, connected=facts.connected),
        group=group(facts, connected=facts.connected),
        icon=state.icon,
        headline=words.headline(view) if facts.status == PostStatus.PUBLISH_FAILED else "",
        why=words.why(view),
        next=words.following(view),
        buttons=found[:FIRST],
        more=found[FIRST:],
        closed=_closed(offered),
        working=facts.status in WORKING or facts.recall is not None or _imminent(facts),
        when=_when(facts, detail, who.zone),
        channels=tuple(Tile(platforms.letter(t.platform, t.name), t.name) for t in facts.wanted),
        archived=facts.archived,
    )


def _imminent(facts: PostFacts) -> bool:
    """Queued, or so close to its time that the page should follow it."""
    if facts.run is None or facts.run.held_for:
        return False
    return facts.run.due_at is None or (facts.run.due_at - facts.now).total_seconds() < 600


def _closed(offered: Sequence[Offer]) -> str:
    """One grey line: why the most wanted closed move is closed."""
    wanted = next((offer for offer in offered if offer.why_not and offer.tone == "primary"), None)
    return f"{wanted.label}: {wanted.why_not}" if wanted else ""


def leaf(facts: PostFacts, detail: Detail, zone: str) -> date | None:
    """The day that its time falls on, or the planned one."""
    at = _at(facts, detail)
    return local(at, zone).date() if at else _planned_day(facts)


def _when(facts: PostFacts, detail: Detail, zone: str) -> str:
    at, on = _at(facts, detail), _planned_day(facts)
    if at:
        return moment(at, zone, facts.today)
    return day(on, facts.today) if on else "now" if facts.run else ""


def _at(facts: PostFacts, detail: Detail) -> datetime | None:
    """When it goes out or went live; else the planned time, unless it was sent before that."""
    if facts.run:
        return facts.run.due_at
    if facts.status == PostStatus.PUBLISHED:
        return min((sent.published_at for sent in detail.deliveries if sent.published_at), default=facts.publish_at)
    early = facts.status == PostStatus.PUBLISH_FAILED and facts.publish_at and facts.publish_at > facts.now
    return None if early else facts.publish_at


def _planned_day(facts: PostFacts) -> date | None:
    """The planned day while it still says when."""
    sent = facts.run or facts.status in (PostStatus.PUBLISHED, PostStatus.PUBLISH_FAILED)
    return None if sent else facts.planned_on
