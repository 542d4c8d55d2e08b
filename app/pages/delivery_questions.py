"""The question before a person says something of a delivery: whether it is open, its words, its page."""

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.exceptions import NotFoundException

from app import facts as fact_sheet
from app.flow import changed_there
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.facts import PostFacts, Target
from app.pages import delivery_ways, details
from app.pages.cards import by_person
from app.pages.details import Sent
from app.pages.render import Page, by_htmx, page, partial
from app.sessions import Who
from app.tables import Delivery

EXPLAINED = {
    "confirm": ("You looked on {channel}, and it is there. Paste its address if you have it.", "Yes, it is live"),
    "deny": (
        "You looked on {channel}, and it is not there. It is sent there once more.",
        "It is not there: send again",
    ),
    "refuse": (
        "Nothing more is tried on {channel}. It counts as failed until somebody publishes again.",
        "Stop trying",
    ),
}

NO_BUTTON = "There is no such button on this delivery."


@dataclass(frozen=True, slots=True)
class Standing:
    """A delivery in its post: what pages and guards know of it. `sent` only while it still counts there."""

    facts: PostFacts
    sent: Sent | None
    target: Target | None


@dataclass(frozen=True, slots=True)
class DeliveryConfirm:
    delivery: int
    post: int
    version: int
    name: str
    title: str
    sentence: str
    submit: str
    channel: str
    asks_url: bool
    level: int
    place: str
    seen: str = ""
    url: str = ""
    error: str = ""


def known_button(name: str) -> bool:
    return name in EXPLAINED or name in delivery_ways.WAYS


async def standing(row: Delivery) -> Standing:
    facts, detail = await fact_sheet.of(row.post), (await details.of([row.post]))[row.post]
    sent = next((sent for sent in detail.deliveries if sent.id == row.id), None)
    return Standing(facts, sent, next((t for t in facts.targets if t.channel == row.channel), None))


async def closed(row: Delivery, name: str, channel: str, who: Who) -> str | None:
    """Why this person cannot say that of the delivery now, or None."""
    by = by_person(who)
    if name in delivery_ways.WAYS:
        known = await standing(row)
        if known.sent is None or known.target is None:
            return changed_there.ANSWERED
        return delivery_ways.closed(name, known.sent, known.target, known.facts, who)
    move = DELIVERY.find(name, row.status, by)
    if move is None or not move.label:
        return f"{channel}: {DELIVERY.state(row.status).meaning}"
    return move.by.refusal(by, own=False)


async def asking(
    request: Request[Who, Any, Any], row: Delivery, names: tuple[str, str], name: str, *, place: str, url: str = "",
    error: str = "",
) -> Page:  # fmt: skip
    if not known_button(name):
        raise NotFoundException(NO_BUTTON)
    (title, channel), (sentence, submit, seen) = names, await _question(row, name, names[1], request.user.zone)
    inside = by_htmx(request)
    context = DeliveryConfirm(
        row.id, row.post, row.version, name, f"{title} on {channel}", sentence, submit, channel, name == "confirm",
        2 if inside else 1, place, seen, url, error,
    )  # fmt: skip
    status = 422 if error else 200
    if inside:
        return partial("posts/_delivery_confirm.html", context, request=request, status=status)
    page_of = "posts/delivery_confirm.html"
    return await page(page_of, context, request=request, title=submit, nav="posts", status=status)


async def _question(row: Delivery, name: str, channel: str, zone: str) -> tuple[str, str, str]:
    """What is asked, the words of its button, and the time that the answer is about."""
    if name in EXPLAINED:
        sentence, submit = EXPLAINED[name]
        return sentence.format(channel=channel), submit, ""
    known, at = await standing(row), changed_there.their_time(row.error_note)
    if known.sent is None or known.target is None:
        raise NotFoundException("This delivery no longer counts.")
    asked = delivery_ways.question(name, known.sent, known.target, known.facts, zone)
    return asked, delivery_ways.WAYS[name].submit, at.isoformat() if at else ""
