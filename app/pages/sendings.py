"""The rows of the publishing box: one per channel, who publishes it, how it stands, what one may do about it."""

from dataclasses import dataclass

from app import platforms
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.facts import PostFacts, Target
from app.lifecycles.statuses import DeliveryStatus
from app.pages import troubles
from app.pages.cards import Button, by_person
from app.pages.details import Detail, Sent
from app.sessions import Who
from app.times import moment


@dataclass(frozen=True, slots=True)
class Row:
    """One channel of a post."""

    id: int
    letter: str
    name: str
    platform: str
    label: str
    group: str
    icon: str
    text: str
    url: str
    href: str
    buttons: tuple[Button, ...]


def rows(facts: PostFacts, detail: Detail, who: Who) -> tuple[Row, ...]:
    newest = {sent.channel: sent for sent in sorted(detail.deliveries, key=lambda sent: sent.id)}
    copies = {sent.channel: sent for sent in detail.deliveries if sent.kind == "create"}
    return tuple(_row(target, newest.get(target.channel), copies.get(target.channel), facts, who)
                 for target in facts.targets)  # fmt: skip


def _row(target: Target, sent: Sent | None, copy: Sent | None, facts: PostFacts, who: Who) -> Row:
    kind = platforms.platform(target.platform)
    live = copy if copy and copy.status == DeliveryStatus.PUBLISHED else None
    state = DELIVERY.state(sent.status) if sent else None
    return Row(
        id=target.channel,
        letter=kind.letter,
        name=target.name,
        platform=kind.label,
        label=state.label if state else _waiting(target),
        group=state.group if state else ("problem" if target.broken else "plan"),
        icon=state.icon if state else ("unplug" if target.broken or not target.connected else "clock"),
        text=_text(target, sent, facts, who.zone),
        url=live.url if live else "",
        href=f"/deliveries/{sent.id}" if sent else "",
        buttons=_buttons(sent, facts, who) if sent else (),
    )


def _waiting(target: Target) -> str:
    if not target.connected:
        return "Disconnected"
    return "Needs attention" if target.broken else "Waiting"


def _text(target: Target, sent: Sent | None, facts: PostFacts, zone: str) -> str:
    if sent is None:
        return "It is handed over and publishes at its time." if target.schedules else "We send it at its time."
    match sent.status:
        case DeliveryStatus.RETRYING if sent.next_at:
            return f"{sent.error_note} Tried again {moment(sent.next_at, zone, facts.today)}."
        case DeliveryStatus.FAILED | DeliveryStatus.UNCONFIRMED:
            return troubles.of(sent.error_kind, sent.name, sent.channel, sent.error_note).certain
        case DeliveryStatus.PUBLISHED if sent.published_at:
            stale = " It still shows the older version." if target.stale else ""
            return f"{moment(sent.published_at, zone, facts.today)}.{stale}"
        case DeliveryStatus.WITHDRAWN if sent.removed_at:
            return f"Taken down {moment(sent.removed_at, zone, facts.today)}."
        case DeliveryStatus.PENDING if sent.error_note:
            return f"{sent.error_note} We send it ourselves at its time."
    return DELIVERY.state(sent.status).meaning


def _buttons(sent: Sent, facts: PostFacts, who: Who) -> tuple[Button, ...]:
    """The delivery's own moves that a person may make."""
    if facts.recall:
        return ()
    by = by_person(who)
    return tuple(
        Button(f"delivery-{sent.id}-{move.name}", move.name, f"{move.label}…", move.icon, move.tone, True,
               f"/deliveries/{sent.id}/moves/{move.name}")
        for move in DELIVERY.leaving(sent.status)
        if move.label and move.by.refusal(by, own=False) is None
    )  # fmt: skip
