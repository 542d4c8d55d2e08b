"""One delivery: its attempts, and what only a person can say of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record
from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import facts as fact_sheet
from app import sql
from app.flow import calls
from app.flow.resolve import resolve
from app.lifecycles.delivery import DELIVERY
from app.moves import Refused
from app.pages import delivery_ways, inbox_row, item, sendings
from app.pages.cards import Button, by_person
from app.pages.delivery_questions import NO_BUTTON, asking, closed, known_button, standing
from app.pages.forms import choice, number, read, text
from app.pages.move_words import ASKED
from app.pages.render import Page, by_htmx, page, see_other
from app.sessions import Who
from app.tables import Delivery

ATTEMPTS = """
SELECT number, intent, step, opened_at, ended_at, outcome, http_status, answer, why, error_kind, next_action,
  late_answer, encode(request_sha256, 'hex') AS digest FROM attempt WHERE delivery = $1 ORDER BY number
"""
UNSEEN = "Load the page again: the form did not say what it saw."
ADDRESS = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeliveryForm:
    name: str = text(40)
    version: int | None = number(1, 2**31 - 1, required=False)
    url: str = text(2048, required=False)
    seen: str = text(25, required=False)
    place: str = choice("item", "inbox", default="item")


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    post: int
    title: str
    channel: str
    key: str
    mark: tuple[str, str, str]
    meaning: str
    attempts: tuple[Record, ...]
    raised: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """What a person is asked about it, if anything. `mark`: label, group and icon of the pill."""

    mark: tuple[str, str, str] | None = None
    said: str = ""
    buttons: tuple[Button, ...] = ()


@get("/deliveries/{id:int}")
async def delivery_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row, title, channel = await _load(id)
    state, shown = DELIVERY.state(row.status), await _raised(row, request.user)
    mark = shown.mark or (state.label, state.group, state.icon)
    attempts = tuple(await sql.rows(ATTEMPTS, id))
    context = DeliveryPage(
        row.post, title, channel, row.key, mark, state.meaning, attempts, shown.said, shown.buttons
    )  # fmt: skip
    return await page("posts/delivery.html", context, request=request, title=f"{title} on {channel}", nav="log")


async def _raised(row: Delivery, who: Who) -> Raised:
    known = await standing(row)
    if known.sent is None or known.target is None:
        return Raised()
    about = known.sent, known.target, known.facts
    said, ways = delivery_ways.said(*about, who.zone), sendings.buttons(row.post, *about, who)
    return Raised(delivery_ways.mark(known.sent), said, ways)


@get("/deliveries/{id:int}/moves/{name:str}")
async def ask(request: Request[Who, Any, Any], id: FromPath[int], name: FromPath[str]) -> Page:
    """What only a person can say of a delivery; what is settled by now shows on the post's own page."""
    row, title, channel = await _load(id)
    if not known_button(name):
        raise NotFoundException(NO_BUTTON)
    if why := await closed(row, name, channel, request.user):
        forbidden = not by_person(request.user).reaches("editor")
        return await _refused(request, row.post, why, 403 if forbidden else 409)
    place = "inbox" if request.query_params.get("place") == "inbox" else "item"
    return await asking(request, row, (title, channel), name, place=place)


@post("/deliveries/{id:int}/moves")
async def make(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    row, title, channel = await _load(id)
    form = await read(request, DeliveryForm)
    if form.version is None:
        return await _refused(request, row.post, UNSEEN, 428, form.place)
    row.version = form.version
    if form.url and not ADDRESS.fullmatch(form.url):
        more = {"place": form.place, "url": form.url, "error": "Paste the whole address, beginning with https://."}
        return await asking(request, row, (title, channel), form.name, **more)
    try:
        await resolve(row, form.name, by=by_person(request.user), url=form.url, seen=_time(form.seen))
    except Refused as refusal:
        return await _refused(request, row.post, refusal.reason, 403 if refusal.forbidden else 409, form.place)
    return await _done(request, row.post, form.place)


def _time(seen: str) -> datetime | None:
    try:
        return datetime.fromisoformat(seen)
    except ValueError:
        return None


async def _done(request: Request[Who, Any, Any], post: int, place: str) -> Response[Any]:
    told = ASKED if (await fact_sheet.of(post)).recall else "Settled."
    if not by_htmx(request):
        return see_other("/inbox" if place == "inbox" else f"/posts/{post}", flash=told)
    if place == "inbox":
        return await inbox_row.after(request, post, told)
    return await item.swap(request, post, said=told)


async def _refused(request: Request[Who, Any, Any], post: int, why: str, status: int, place: str = "") -> Response[Any]:
    if not by_htmx(request):
        return await item.whole(request, post, alert=why, status=status)
    if (place or request.query_params.get("place")) == "inbox":
        return await inbox_row.refused(request, post, why, status)
    return await item.swap(request, post, alert=why, status=status)


async def _load(id: int) -> tuple[Delivery, str, str]:
    """The delivery with its post's title and its channel's name, or 404."""
    try:
        row = await calls.load(id)
    except LookupError as missing:
        raise NotFoundException("This delivery is gone.") from missing
    names = await sql.row(
        "SELECT p.title, c.name FROM delivery d JOIN post p ON p.id = d.post JOIN channel c ON c.id = d.channel"
        " WHERE d.id = $1",
        id,
    )
    assert names is not None
    return row, names["title"], names["name"]
