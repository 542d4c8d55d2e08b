"""The buttons of a post for one person: the table's open moves, ranked, with the card's own links. For cards."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from app.access import allows
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import By
from app.lifecycles.offers import Offer
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages import words
from app.pages.details import Detail
from app.pages.words import View
from app.sessions import Who
from app.times import day, local

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


class Button(msgspec.Struct, frozen=True):
    """One way on. `href` is the page that asks first, or the page of a plain link (`name` empty)."""

    id: str
    name: str
    label: str
    icon: str
    tone: str
    confirm: bool
    href: str
    key: str = ""


def by_person(who: Who) -> By:
    """The signed-in person as a mover."""
    return By("person", person=who.id, role=who.role, name=who.name)


def buttons(view: View, who: Who, offered: Sequence[Offer] | None = None) -> tuple[Button, ...]:
    """The way on first, then the usual ones of this status, then the table's other moves in its order.

    `offered`: what the table offers, when the caller asked already.
    """
    facts, detail = view.facts, view.detail
    known = offers.open_offers(facts, by_person(who)) if offered is None else offered
    found = [_button(offer, facts, detail) for offer in known if offer.why_not is None]
    edit = edit_link(facts, detail, who)
    named = {button.name: button for button in found} | ({EDIT: edit[0]} if edit else {})
    usual = [named[name] for name in _usual(facts) if name in named]
    by_tone = {tone: [button for button in found if button.tone == tone] for tone in ("primary", "", "danger")}
    danger = by_tone["danger"] if facts.status != PostStatus.PUBLISH_FAILED else []
    leading, primary = _leading(view, who), by_tone["primary"]
    first = [*primary, *leading] if facts.stale else [*leading, *primary]
    ranked = dict.fromkeys([*first, *usual, *danger, *by_tone[""], *found])
    return tuple(_inked(button, first=place == 0) for place, button in enumerate(ranked))


def _usual(facts: PostFacts) -> tuple[str, ...]:
    if facts.run and facts.run.held_for:
        return HELD
    return USUAL.get(PostStatus(facts.status), (EDIT,))


def _inked(button: Button, *, first: bool) -> Button:
    """One button in ink, the first; what destroys keeps its colour."""
    tone = "primary" if first else ""
    return button if button.tone in ("danger", tone) else replace(button, tone=tone)


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
    live = [
        sent for sent in detail.deliveries if sent.url and not sent.aside and sent.status == DeliveryStatus.PUBLISHED
    ]
    if facts.status == PostStatus.PUBLISHED and live:
        return [Button(f"{name}-live", "", "View live", "external-link", "primary", False, live[-1].url)]
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
        mends = allows(who, "POST /channels/{id:int}/settings")
        label = trouble.action if mends else f"Open {sent.name}"  # its page says that an admin does it
        return [Button(f"post-{post}-fix", "", label, "plug", "primary", False, trouble.href)]
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
        return f"Approve ({len(facts.voters) + 1} of {facts.needed})"
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
