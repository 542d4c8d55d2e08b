"""The rows of the publishing box: one per channel, who publishes it, how it stands, what one may do about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from asyncpg import Record

from app import platforms, sql
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.facts import PostFacts, Target
from app.lifecycles.statuses import DeliveryStatus
from app.pages import delivery_ways, troubles
from app.pages.cards import Button, by_person
from app.pages.details import Detail, Sent
from app.sessions import Who
from app.times import moment

WRONG = (DeliveryStatus.FAILED, DeliveryStatus.UNCONFIRMED)


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


@dataclass(frozen=True, slots=True)
class Technical:
    """What a channel really answered, for who wants to know: label and value pairs."""

    delivery: int
    channel: str
    pairs: tuple[tuple[str, str], ...]


TECHNICAL = """
SELECT DISTINCT ON (a.delivery) a.delivery, k.name, d.key, a.number, a.intent, a.http_status, a.answer, a.why,
  a.next_action, coalesce(a.error_kind, d.error_kind) AS kind
FROM attempt a JOIN delivery d ON d.id = a.delivery JOIN channel k ON k.id = d.channel
WHERE a.delivery = ANY($1::bigint[]) ORDER BY a.delivery, a.number DESC
"""


async def technical(detail: Detail) -> tuple[Technical, ...]:
    """The last attempt of every delivery that went wrong."""
    wrong = [sent.id for sent in detail.deliveries if sent.status in WRONG]
    return tuple(
        Technical(found["delivery"], found["name"], tuple(_pairs(found))) for found in await sql.rows(TECHNICAL, wrong)
    )


def _pairs(found: Record) -> Iterator[tuple[str, str]]:
    status, answer = found["http_status"], found["answer"]
    yield "Type", found["kind"] or "none"
    yield "Answer", " ".join(str(part) for part in (status, answer) if part) or "none"
    yield "Attempt", f"{found['number']}, {found['intent'].replace('_', ' ')}"
    for label, name in (("Why", "why"), ("Then", "next_action")):
        if found[name]:
            yield label, found[name]
    yield "Key", found["key"]


def rows(facts: PostFacts, detail: Detail, who: Who) -> tuple[Row, ...]:
    return tuple(_row(target, facts, detail, who) for target in facts.targets)


def _telling(updates: list[Sent], copy: Sent | None) -> Sent | None:
    """A newer update tells how the channel stands, unless it went well or its copy came back by itself."""
    newer = [sent for sent in updates if copy is None or sent.id > copy.id]
    settled = not newer or newer[0].status == DeliveryStatus.PUBLISHED
    return copy if copy and (settled or copy.resurfaced) else next(iter(newer), None)


def _row(target: Target, facts: PostFacts, detail: Detail, who: Who) -> Row:
    kind = platforms.platform(target.platform)
    copy = next((sent for sent in detail.deliveries if sent.id == target.delivery_id), None)
    updates = [sent for sent in detail.deliveries if sent.channel == target.channel and sent.kind == "update"]
    sent = _telling(updates, copy)
    live = copy if copy and copy.status == DeliveryStatus.PUBLISHED else None
    label, group, icon = _state(target, sent)
    return Row(
        id=target.channel,
        letter=platforms.letter(target.platform, target.name),
        name=target.name,
        platform=kind.label,
        label=label,
        group=group,
        icon=icon,
        text=_text(target, sent, facts, who.zone),
        url=live.url if live else "",
        href=f"/deliveries/{sent.id}" if sent and (sent.tries or sent.status != DeliveryStatus.PENDING) else "",
        buttons=buttons(detail.id, sent, target, facts, who) if sent else (),
    )


def _state(target: Target, sent: Sent | None) -> tuple[str, str, str]:
    """Label, colour group and icon of the pill."""
    if sent is None:
        problem = "unplug" if target.broken or not target.connected else "clock"
        return _waiting(target), "problem" if target.broken else "plan", problem
    if mark := delivery_ways.mark(sent):
        return mark
    state = DELIVERY.state(sent.status)
    return state.label, state.group, state.icon


def _waiting(target: Target) -> str:
    if not target.connected:
        return "Disconnected"
    return "Needs attention" if target.broken else "Waiting"


def _text(target: Target, sent: Sent | None, facts: PostFacts, zone: str) -> str:
    if sent is None:
        return "It is handed over and publishes at its time." if target.schedules else "We send it at its time."
    if said := delivery_ways.said(sent, target, facts, zone):
        return said
    match sent.status:
        case DeliveryStatus.RETRYING if sent.next_at:
            return f"{sent.error_note} Tried again {moment(sent.next_at, zone, facts.today)}."
        case status if status in WRONG:
            return troubles.of(sent.error_kind, sent.name, sent.channel, sent.error_note).certain
        case DeliveryStatus.PUBLISHED if sent.published_at:
            stale = " It still shows the older version." if target.stale else ""
            return f"{moment(sent.published_at, zone, facts.today)}.{stale}"
        case DeliveryStatus.WITHDRAWN if sent.removed_at:
            return f"Taken down {moment(sent.removed_at, zone, facts.today)}."
        case DeliveryStatus.PENDING if sent.error_note:
            return f"{sent.error_note} We send it ourselves at its time."
    return DELIVERY.state(sent.status).meaning


def buttons(post: int, sent: Sent, target: Target, facts: PostFacts, who: Who) -> tuple[Button, ...]:
    """What a person may say of the delivery: its own moves, and the answers it waits for."""
    if facts.recall:
        return ()
    by = by_person(who)
    moves = tuple(
        Button(f"delivery-{sent.id}-{move.name}", move.name, f"{move.label}…", move.icon, move.tone, True,
               f"/deliveries/{sent.id}/moves/{move.name}")
        for move in DELIVERY.leaving(sent.status)
        if move.label and move.by.refusal(by, own=False) is None
    )  # fmt: skip
    return moves + delivery_ways.buttons(post, sent, target, facts, who)
