"""One delivery: its attempts, and the moves only a person can make of it."""

import re
from dataclasses import dataclass
from typing import Any

from asyncpg import Record
from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import sql
from app.flow import calls
from app.flow.resolve import resolve
from app.lifecycles.delivery import DELIVERY
from app.moves import Refused
from app.pages import inbox_row, item
from app.pages.cards import by_person
from app.pages.forms import choice, number, read, text
from app.pages.render import Page, page, partial, see_other
from app.sessions import Who
from app.tables import Delivery

ATTEMPTS = """
SELECT number, intent, step, opened_at, ended_at, outcome, http_status, answer, why, error_kind, next_action,
  late_answer, encode(request_sha256, 'hex') AS digest FROM attempt WHERE delivery = $1 ORDER BY number
"""
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
UNSEEN = "Load the page again: the form did not say what it saw."
ADDRESS = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeliveryForm:
    name: str = text(40)
    version: int | None = number(1, 2**31 - 1, required=False)
    url: str = text(2048, required=False)
    place: str = choice("item", "inbox", default="item")


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    post: int
    title: str
    channel: str
    key: str
    label: str
    group: str
    icon: str
    meaning: str
    attempts: tuple[Record, ...]


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
    url: str = ""
    error: str = ""


@get("/deliveries/{id:int}")
async def delivery_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row, title, channel = await _load(id)
    state = DELIVERY.state(row.status)
    attempts = tuple(await sql.rows(ATTEMPTS, id))
    context = DeliveryPage(
        row.post, title, channel, row.key, state.label, state.group, state.icon, state.meaning, attempts
    )
    return await page("posts/delivery.html", context, request=request, title=f"{title} on {channel}", nav="log")


@get("/deliveries/{id:int}/moves/{name:str}")
async def ask(request: Request[Who, Any, Any], id: FromPath[int], name: FromPath[str]) -> Page:
    """What only a person can say of a delivery; what is settled by now shows on the post's own page."""
    row, title, channel = await _load(id)
    move = DELIVERY.find(name, row.status, by_person(request.user))
    if name not in EXPLAINED:
        raise NotFoundException("There is no such button on this delivery.")
    if move is None or not move.label:
        return await _refused(request, row.post, f"{channel}: {DELIVERY.state(row.status).meaning}", 409)
    if why := move.by.refusal(by_person(request.user), own=False):
        return await _refused(request, row.post, why, 403)
    place = "inbox" if request.query_params.get("place") == "inbox" else "item"
    return await _asking(request, row, (title, channel), name, place=place)


@post("/deliveries/{id:int}/moves")
async def make(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    row, title, channel = await _load(id)
    form = await read(request, DeliveryForm)
    if form.version is None:
        return await _refused(request, row.post, UNSEEN, 428, form.place)
    row.version = form.version
    if form.url and not ADDRESS.fullmatch(form.url):
        more = {"place": form.place, "url": form.url, "error": "Paste the whole address, beginning with https://."}
        return await _asking(request, row, (title, channel), form.name, **more)
    try:
        await resolve(row, form.name, by=by_person(request.user), url=form.url)
    except Refused as refusal:
        return await _refused(request, row.post, refusal.reason, 403 if refusal.forbidden else 409, form.place)
    return await _done(request, row.post, form.place)


async def _done(request: Request[Who, Any, Any], post: int, place: str) -> Response[Any]:
    if not request.headers.get("hx-request"):
        return see_other("/inbox" if place == "inbox" else f"/posts/{post}", flash="Settled.")
    if place == "inbox":
        return await inbox_row.after(request, post, "Settled.")
    return await item.swap(request, post, said="Settled.")


async def _refused(request: Request[Who, Any, Any], post: int, why: str, status: int, place: str = "") -> Response[Any]:
    if not request.headers.get("hx-request"):
        return await item.whole(request, post, alert=why, status=status)
    if (place or request.query_params.get("place")) == "inbox":
        return await inbox_row.refused(request, post, why, status)
    return await item.swap(request, post, alert=why, status=status)


async def _asking(
    request: Request[Who, Any, Any], row: Delivery, names: tuple[str, str], name: str, *, place: str, url: str = "",
    error: str = "",
) -> Page:  # fmt: skip
    if name not in EXPLAINED:
        raise NotFoundException("There is no such button on this delivery.")
    (title, channel), (sentence, submit) = names, EXPLAINED[name]
    inside = bool(request.headers.get("hx-request"))
    context = DeliveryConfirm(
        row.id, row.post, row.version, name, f"{title} on {channel}", sentence.format(channel=channel), submit, channel,
        name == "confirm", 2 if inside else 1, place, url, error,
    )  # fmt: skip
    status = 422 if error else 200
    if inside:
        return partial("posts/_delivery_confirm.html", context, request=request, status=status)
    page_of = "posts/delivery_confirm.html"
    return await page(page_of, context, request=request, title=submit, nav="posts", status=status)


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
