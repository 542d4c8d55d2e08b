"""The one door of all buttons: a move is a resource we create. GET asks first, POST does it."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import facts as fact_sheet
from app.flow import clicks, plan
from app.flow.clicks import Click
from app.lifecycles.statuses import PostStatus
from app.moves import Refused
from app.pages import details, inbox_row, item
from app.pages.cards import by_person
from app.pages.confirms import Confirm, confirm
from app.pages.forms import choice, given, number, read, text, typed_in
from app.pages.render import Page, page, partial, see_other, team_of
from app.pages.words import View
from app.sessions import Who
from app.tables import Post
from app.times import instant


@dataclass(frozen=True, slots=True)
class MoveForm:
    """Every field any button may send; `version` is the one its sender saw."""

    name: str = text(40)
    version: int | None = number(1, 2**31 - 1, required=False)
    digest: str = text(64, required=False)
    place: str = choice("item", "inbox", default="item")
    on: date | None = given()
    wall: time | None = given()
    at: str = text(16, required=False)
    reason: str = text(2000, required=False, multiline=True)
    title: str = text(300, required=False)
    keyword: str = text(200, required=False)
    angle: str = text(500, required=False)


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    post: int
    title: str
    version: int
    digest: str
    asks: Confirm
    typed: dict[str, str]
    errors: dict[str, str]
    level: int
    place: str


@get("/posts/{id:int}/moves/{name:str}")
async def ask(request: Request[Who, Any, Any], id: FromPath[int], name: FromPath[str]) -> Page:
    return await _asking(request, id, name, {}, {})


@post("/posts/{id:int}/moves")
async def make(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    form = await read(request, MoveForm)
    if form.version is None:
        return await _refused(request, id, "Load the page again: the form did not say what it saw.", 428)
    row = await _seen(id, form.version)
    try:
        fresh = await clicks.perform(row, _click(form, row), by=by_person(request.user))
    except Refused as refusal:
        return await _refused(request, id, refusal.reason, _code(refusal))
    except ValueError as wrong:
        field_name = "at" if form.at else "on"
        return await _asking(request, id, form.name, await typed_in(request, MoveForm), {field_name: str(wrong)})
    return await _done(request, fresh, form)


async def load(post: int) -> Post:
    """The post, or 404."""
    try:
        return await plan.load(post)
    except LookupError as missing:
        raise NotFoundException("This post is gone.") from missing


async def _seen(id: int, version: int) -> Post:
    """The post as its sender saw it: with the version of the form, so that a stale one changes nothing."""
    row = await load(id)
    row.version = version
    return row


def _click(form: MoveForm, row: Post) -> Click:
    return Click(
        form.name, on=form.on, wall=form.wall, at=_instant(form.at, row.zone), digest=_digest(form.digest),
        reason=form.reason, title=form.title, keyword=form.keyword, angle=form.angle,
    )  # fmt: skip


def _instant(typed: str, zone: str) -> datetime | None:
    if not typed:
        return None
    try:
        wall = datetime.fromisoformat(typed)
    except ValueError:
        raise ValueError("Write a day and a time, like 2026-11-24 09:00.") from None
    return instant(wall.date(), wall.time(), zone)


def _digest(typed: str) -> bytes:
    try:
        return bytes.fromhex(typed)
    except ValueError:
        return b""


def _code(refusal: Refused) -> int:
    return 403 if refusal.forbidden else 409


async def _done(request: Request[Who, Any, Any], fresh: Post, form: MoveForm) -> Response[Any]:
    said = _said(form.name, fresh)
    home = f"/posts/{fresh.id}"
    if form.name == "duplicate" or not request.headers.get("hx-request"):
        where = "/inbox" if form.place == "inbox" else home
        return _elsewhere(request, home if form.name == "duplicate" else where, said)
    if form.place == "inbox":
        return await inbox_row.after(request, fresh.id, said)
    return await item.swap(request, fresh.id, said=said)


def _elsewhere(request: Request[Who, Any, Any], path: str, said: str) -> Response[Any]:
    if request.headers.get("hx-request"):
        return Response(None, status_code=204, headers={"HX-Redirect": path})
    return see_other(path, flash=said)


def _said(name: str, fresh: Post) -> str:
    """One sentence for the toast and the live region."""
    said = {
        "approve": "Approved." if fresh.status != PostStatus.SCHEDULED else "Approved and scheduled.",
        "reject": "Rejected.", "generate": "Writing started.", "fail_generation": "Stopped.",
        "schedule": "Scheduled.", "approve_and_schedule": "Approved and scheduled.", "reschedule": "Time changed.",
        "unschedule": "Taken off the schedule.", "publish_now": "On its way.",
        "approve_and_publish": "Approved and on its way.", "unpublish": "The platforms are being asked.",
        "set_back": "The platforms are being asked.", "duplicate": "Duplicated.", "archive": "Archived.",
    }  # fmt: skip
    return said.get(name, "Done.")


async def _refused(request: Request[Who, Any, Any], id: int, reason: str, status: int) -> Response[Any]:
    """Nothing was applied: the card as it is now, and the reason."""
    await load(id)
    if request.headers.get("hx-request"):
        return await item.swap(request, id, alert=reason, status=status)
    return await item.whole(request, id, alert=reason, status=status)


async def _asking(
    request: Request[Who, Any, Any], id: int, name: str, typed: dict[str, str], errors: dict[str, str]
) -> Page:
    await load(id)
    facts = await fact_sheet.of(id)
    detail = (await details.of([id]))[id]
    asks = confirm(name, View(facts, detail, request.user.zone, team_of(request).generation_on))
    if asks is None:
        raise NotFoundException("There is no such button on this post.")
    shown = bool(request.headers.get("hx-request"))
    digest = await item.digest_of(facts, id)
    place = typed.get("place", request.query_params.get("place", "item"))
    context = ConfirmPage(
        id, detail.title, facts.version, digest, asks, typed, errors, 2 if shown else 1, place
    )
    status = 422 if errors else 200
    if shown:
        return partial("posts/_confirm.html", context, request=request, status=status)
    return await page("posts/confirm.html", context, request=request, title=asks.title, nav="posts", status=status)

