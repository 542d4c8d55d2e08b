"""A post as a card: status, two sentences, the buttons its lifecycle opens for this person. For every page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app import facts as fact_sheet
from app import platforms
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import By
from app.lifecycles.offers import Offer
from app.lifecycles.post import POST, REVIEW, WORKING, group, label
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages import details, words
from app.pages.details import Detail
from app.pages.words import View
from app.sessions import Team, Who
from app.times import day, local, moment

EDIT = "edit"  # stands for the card's own link among the names of moves
USUAL = {
    PostStatus.APPROVED: ("schedule", "publish_now", EDIT),
    PostStatus.SCHEDULED: ("reschedule", "unschedule", "reopen"),
    PostStatus.REJECTED: ("replan_and_generate", EDIT, "restore"),
    PostStatus.PUBLISH_FAILED: ("publish_now", "schedule", "reopen", "set_back", EDIT),
}
HELD = ("publish_now", "reschedule", "unschedule")
AGAIN = {"schedule": "Try again at", "publish_now": "Try again now"}
REJECTED = "content_rejected"  # the one error that only other words fix
KEYS = {"approve": "a", "reject": "r", "reschedule": "m"}
FIRST = 3  # buttons beside the title; the rest is under "More"
EDITED = {
    PostStatus.AWAITING_DATE: ("Edit plan", "plan"),
    PostStatus.PLANNED: ("Edit plan", "plan"),
    PostStatus.MISSED: ("Plan again", "plan"),
    PostStatus.GENERATION_FAILED: ("Edit plan", "plan"),
    PostStatus.REJECTED: ("Edit plan", "plan"),
    PostStatus.PENDING_REVIEW: ("Edit", "edit"),
    PostStatus.MODIFIED: ("Edit", "edit"),
    PostStatus.APPROVED: ("Edit", "edit"),
    PostStatus.PUBLISHED: ("Edit", "edit"),
    PostStatus.UNPUBLISHED: ("Edit", "edit"),
    PostStatus.PUBLISH_FAILED: ("Edit", "edit"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A channel's letter tile."""

    letter: str
    name: str


@dataclass(frozen=True, slots=True)
class Button:
    """One way on. `href` is the page that asks first, or the page of a plain link (`name` empty)."""

    id: str
    name: str
    label: str
    icon: str
    tone: str
    confirm: bool
    href: str
    key: str = ""


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


def by_person(who: Who) -> By:
    """The signed-in person as a mover."""
    return By("person", person=who.id, role=who.role, name=who.name)


async def cards(posts: Sequence[int], who: Who, team: Team) -> dict[int, Card]:
    """The cards of several posts by id; two queries however many."""
    facts = await fact_sheet.many(posts)
    told = await details.of(posts)
    return {post: card(facts[post], told[post], who, team) for post in posts if post in facts}


def card(facts: PostFacts, detail: Detail, who: Who, team: Team) -> Card:
    view = View(facts, detail, who.zone, team.generation_on)
    buttons = _buttons(view, who)
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
        buttons=buttons[:FIRST],
        more=buttons[FIRST:],
        closed=_closed(facts, who),
        working=facts.status in WORKING or facts.recall is not None or _imminent(facts),
        when=_when(facts, detail, who.zone),
        channels=tuple(Tile(platforms.platform(t.platform).letter, t.name) for t in facts.wanted),
        archived=facts.archived,
    )


def _imminent(facts: PostFacts) -> bool:
    """Queued, or so close to its time that the page should follow it."""
    if facts.run is None or facts.run.held_for:
        return False
    return facts.run.due_at is None or (facts.run.due_at - facts.now).total_seconds() < 600


def _buttons(view: View, who: Who) -> tuple[Button, ...]:
    """The way on first, then the usual ones of this status, then the table's other moves in its order."""
    facts, detail = view.facts, view.detail
    found = [_button(offer, facts, detail) for offer in offers.open_offers(facts, by_person(who))]
    named = {button.name: button for button in found} | {EDIT: b for b in edit_link(facts, detail, who)}
    usual = [named[name] for name in _usual(facts) if name in named]
    by_tone = {tone: [button for button in found if button.tone == tone] for tone in ("primary", "", "danger")}
    danger = by_tone["danger"] if facts.status != PostStatus.PUBLISH_FAILED else []
    ranked = dict.fromkeys([*_leading(view, who), *by_tone["primary"], *usual, *danger, *by_tone[""], *found])
    return tuple(_inked(button, first=place == 0) for place, button in enumerate(ranked))


def _usual(facts: PostFacts) -> tuple[str, ...]:
    if facts.run and facts.run.held_for:
        return HELD
    return USUAL.get(PostStatus(facts.status), (EDIT,))


def _inked(button: Button, *, first: bool) -> Button:
    """One button in ink, the first; what destroys keeps its colour."""
    return button if button.tone == "danger" else replace(button, tone="primary" if first else "")


def _leading(view: View, who: Who) -> list[Button]:
    """What no table offers but a reader of this card wants most: the fix, the live page, a channel to go to."""
    facts, detail = view.facts, view.detail
    name = f"post-{detail.id}"
    if facts.recall or facts.archived:
        return []
    if facts.status == PostStatus.PUBLISH_FAILED:
        return _fixes(view, who)
    if facts.status in REVIEW and not facts.connected:
        return [_channel_link(name, detail)]
    live = [sent for sent in detail.deliveries if sent.url and sent.status == DeliveryStatus.PUBLISHED]
    if facts.status == PostStatus.PUBLISHED and live:
        first = Button(f"{name}-live", "", "View live", "external-link", "primary", False, live[-1].url)
        return [] if facts.stale else [first]
    return []


def _channel_link(name: str, detail: Detail) -> Button:
    if detail.connectable:
        return Button(f"{name}-aim", "", "Choose channels", "plug", "primary", False, f"/posts/{detail.id}/plan")
    return Button(f"{name}-connect", "", "Connect a channel", "plug", "primary", False, "/channels")


def _fixes(view: View, who: Who) -> list[Button]:
    """A failed post's fix: the broken channel's page, or the person's own word on what nobody knows."""
    sent, trouble, post = words.worst(view), words.trouble_of(view), view.detail.id
    if sent is None or trouble is None:
        return []
    if sent.error_kind == REJECTED:
        return edit_link(view.facts, view.detail, who)
    if trouble.action:
        return [Button(f"post-{post}-fix", "", trouble.action, "plug", "primary", False, trouble.href)]
    if sent.status != DeliveryStatus.UNCONFIRMED or not by_person(who).reaches("editor"):
        return []
    href, marks = f"/deliveries/{sent.id}/moves", ("circle-check", "rotate-ccw")
    said = (("confirm", "It is live"), ("deny", "It is not there"))
    return [
        Button(f"post-{post}-{name}", name, f"{label}…", icon, "primary", True, f"{href}/{name}")
        for (name, label), icon in zip(said, marks, strict=True)
    ]


def _button(offer: Offer, facts: PostFacts, detail: Detail) -> Button:
    words_of = _label(offer, facts, detail) + ("…" if offer.confirm else "")
    href = f"/posts/{detail.id}/moves/{offer.name}"
    name = f"post-{detail.id}-{offer.name}"
    return Button(name, offer.name, words_of, offer.icon, offer.tone, offer.confirm, href, KEYS.get(offer.name, ""))


def _label(offer: Offer, facts: PostFacts, detail: Detail) -> str:
    """A button says what will happen: Approve and schedule: Tue 24 Nov, 09:00."""
    if facts.status == PostStatus.PUBLISH_FAILED:
        return AGAIN.get(offer.name, offer.label)
    if offer.name != "approve" or not facts.connected:
        return offer.label
    if facts.needed > 1:
        return f"Approve ({len(facts.voters) + facts.guests + 1} of {facts.needed})"
    ahead = facts.publish_at is not None and facts.publish_at > facts.now
    if facts.mode == "manual" or not ahead or facts.publish_at is None:
        return offer.label
    here = local(facts.publish_at, detail.zone)
    return f"Approve and schedule: {day(here.date(), facts.today)}, {here:%H:%M}"


def edit_link(facts: PostFacts, detail: Detail, who: Who) -> list[Button]:
    """The link to the page that changes this post's words, where this person may."""
    found = EDITED.get(PostStatus(facts.status))
    if found is None or facts.archived or facts.recall or not may_write(facts, who):
        return []
    text, page = found
    href = f"/posts/{detail.id}/{page}"
    return [Button(f"post-{detail.id}-{page}", "", text, "pencil", "", False, href, "e")]


def may_write(facts: PostFacts, who: Who) -> bool:
    """A writer changes what is theirs, an editor everything."""
    by = by_person(who)
    return by.reaches("editor") or (facts.author == who.id and by.reaches("writer"))


def _closed(facts: PostFacts, who: Who) -> str:
    """One grey line: why the most wanted closed move is closed."""
    closed = [offer for offer in offers.offers(facts, by_person(who)) if offer.why_not]
    wanted = next((offer for offer in closed if offer.tone == "primary"), None)
    return f"{wanted.label}: {wanted.why_not}" if wanted else ""


def _when(facts: PostFacts, detail: Detail, zone: str) -> str:
    due = facts.run.due_at if facts.run else None
    at = due or facts.publish_at
    if at:
        return moment(at, zone, facts.today)
    return day(facts.planned_on, facts.today) if facts.planned_on else ""
