"""One delivery: its attempts, and the moves only a person can make of it."""

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
from app.pages import item
from app.pages.cards import by_person
from app.pages.forms import number, read, text
from app.pages.render import Page, page, partial, see_other
from app.sessions import Who
from app.tables import Delivery

ATTEMPTS = """
SELECT number, intent, step, opened_at, ended_at, outcome, http_status, answer, why, error_kind, next_action,
  late_answer, encode(request_sha256, 'hex') AS digest FROM attempt WHERE delivery = $1 ORDER BY number
"""
EXPLAINED = {
    "confirm": ("You looked, and it is there. Paste its address if you have it.", "Yes, it is live"),
    "deny": ("You looked, and it is not there. It is sent once more.", "It is not there: send again"),
    "refuse": ("Nothing more is tried. The channel counts as failed until somebody publishes again.", "Stop trying"),
}


@dataclass(frozen=True, slots=True)
class DeliveryForm:
    name: str = text(40)
    version: int | None = number(1, 2**31 - 1, required=False)
    url: str = text(2048, required=False)


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
    row, title, channel = await _load(id)
    move = DELIVERY.find(name, row.status)
    if move is None or name not in EXPLAINED:
        raise NotFoundException("There is no such button on this delivery.")
    sentence, submit = EXPLAINED[name]
    shown = bool(request.headers.get("hx-request"))
    context = DeliveryConfirm(
        id, row.post, row.version, name, f"{title} on {channel}", sentence, submit, channel, "url" in move.fields,
        2 if shown else 1,
    )  # fmt: skip
    if shown:
        return partial("posts/_delivery_confirm.html", context, request=request)
    return await page("posts/delivery_confirm.html", context, request=request, title=submit, nav="posts")


@post("/deliveries/{id:int}/moves")
async def make(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    row, _, _ = await _load(id)
    form = await read(request, DeliveryForm)
    row.version = form.version or 0
    post_id = row.post
    try:
        await resolve(row, form.name, by=by_person(request.user), url=form.url)
    except Refused as refusal:
        status = 428 if form.version is None else 403 if refusal.forbidden else 409
        answer = item.swap if request.headers.get("hx-request") else item.whole
        return await answer(request, post_id, alert=refusal.reason, status=status)
    if request.headers.get("hx-request"):
        return await item.swap(request, post_id, said="Settled.")
    return see_other(f"/posts/{post_id}", flash="Settled.")


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
