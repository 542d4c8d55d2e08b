"""The one door of all buttons: a move is a resource we create. GET asks first, POST does it."""

from dataclasses import dataclass, fields, replace
from datetime import date, time
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import facts as fact_sheet
from app.flow import clicks, plan, slots
from app.flow.clicks import Click
from app.flow.review import SealChanged
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import By
from app.lifecycles.post import POST
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.pages import inbox_row, item, raced
from app.pages.cards import by_person
from app.pages.confirms import BESIDE, confirm, known
from app.pages.forms import Invalid, choice, given, number, read, text, token, typed_in
from app.pages.move_words import said
from app.pages.questions import asking, passing_over, view_of
from app.pages.render import Page, by_htmx, see_other
from app.pages.wall_times import instant_of, wall_of
from app.sessions import Who
from app.tables import Post
from app.times import moment

UNSEEN = "Load the page again: the form did not say what it saw."


@dataclass(frozen=True, slots=True)
class MoveForm:
    """Every field any button may send; `version` is the one its sender saw, `slot` a free one that was clicked.

    `passed_over`: they were told which checks an approval passes over.
    """

    name: str = text(40)
    version: int | None = number(1, 2**31 - 1, required=False)
    digest: str = text(64, required=False)
    place: str = choice("item", "inbox", default="item")
    on: date | None = given()
    wall: time | None = given()
    at: str = text(25, required=False)
    slot: str = text(16, required=False)
    reason: str = text(2000, required=False, multiline=True)
    title: str = text(300, required=False)
    keyword: str = text(200, required=False)
    angle: str = text(500, required=False)
    again: tuple[int, ...] = given(default=())
    form_token: str = text(36, required=False)
    passed_over: str = text(1, required=False)


@get("/posts/{id:int}/moves/{name:str}")
async def ask(request: Request[Who, Any, Any], id: FromPath[int], name: FromPath[str]) -> Page:
    """The question before a move; one that is closed by now says why on the post's own page."""
    await load(id)
    if name not in BESIDE:
        by, facts = by_person(request.user), await fact_sheet.of(id)
        if not known(name):
            raise NotFoundException("There is no such button on this post.")
        if why := offers.refusal(name, facts, by):
            status = 403 if _forbidden(name, facts, by) else 409
            return await _refused(request, id, why, status)
    place = "inbox" if request.query_params.get("place") == "inbox" else "item"
    return await asking(request, id, name, {"place": place}, {})


@post("/posts/{id:int}/moves")
async def make(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    try:
        form = await read(request, MoveForm)
    except Invalid as wrong:
        return await _misread(request, id, wrong)
    row = await load(id)
    if form.version is None:
        return await _refused(request, id, UNSEEN, 428, form.place)
    try:
        _demand_seen(row, form)
        if await _passes_over(id, form, request.user):
            return await asking(request, id, form.name, await typed_in(request, MoveForm), {}, opens=True)
        fresh = await clicks.perform(row, _click(form, row), by=by_person(request.user))
    except Refused as refusal:
        return await _unmade(request, id, form, refusal)
    except ValueError as wrong:
        return await asking(request, id, form.name, await typed_in(request, MoveForm), {_timed(form): str(wrong)})
    return await _done(request, fresh, form)


async def load(post: int) -> Post:
    """The post, or 404."""
    try:
        return await plan.load(post)
    except LookupError as missing:
        raise NotFoundException("This post is gone.") from missing


def _demand_seen(row: Post, form: MoveForm) -> None:
    """The sender saw the newest version, and its status has such a button for people at all."""
    if row.version != form.version:
        raise MovedMeanwhile
    chained = offers.chain(form.name)
    line = POST.find(chained.moves[0] if chained else form.name, row.status, By("person"))
    if form.name not in BESIDE and (line is None or not line.by.person):
        raise IllegalMove(f"That is not possible while it is “{POST.state(row.status).label}”.")


async def _passes_over(post: int, form: MoveForm, who: Who) -> bool:
    """Whether an inbox row, beside which no checks stand, is to approve what would better be mended first."""
    if form.place != "inbox" or form.passed_over:
        return False
    facts = await fact_sheet.of(post)
    open_to_them = offers.refusal(form.name, facts, by_person(who)) is None
    return open_to_them and bool(await passing_over(form.name, post, facts))


def _forbidden(name: str, facts: PostFacts, by: By) -> bool:
    """Whether only a right is missing: an admin could."""
    return offers.refusal(name, facts, replace(by, role="admin")) is None


def _click(form: MoveForm, row: Post) -> Click:
    slot = wall_of(form.slot) if form.slot else None
    on, wall = (slot.date(), slot.time()) if slot else (form.on, form.wall)
    return Click(
        form.name, on=on, wall=wall, at=instant_of(form.slot or form.at, row.zone), digest=_digest(form.digest),
        reason=form.reason, title=form.title, keyword=form.keyword, angle=form.angle,
        again=frozenset(form.again), form_token=token(form.form_token),
    )  # fmt: skip


def _digest(typed: str) -> bytes:
    try:
        return bytes.fromhex(typed)
    except ValueError:
        return b""


def _timed(form: MoveForm) -> str:
    """The field that a wrong day or time was typed into."""
    return "at" if form.at else "wall" if form.wall else "on"


async def _misread(request: Request[Who, Any, Any], id: int, wrong: Invalid) -> Response[Any]:
    """Fields that cannot be read are asked for again, with what was typed; unknown ones are nobody's typing."""
    typed, name = wrong.typed, wrong.typed.get("name", "")
    row = await load(id)
    if wrong.errors.keys() - {part.name for part in fields(MoveForm)} or not known(name):
        raise wrong
    if not typed.get("version"):
        return await _refused(request, id, UNSEEN, 428)
    if typed["version"] != str(row.version):
        said = await raced.told(id, MovedMeanwhile(), request, typed=typed.get("reason", ""))
        return await _refused(request, id, said, 409)
    return await asking(request, id, name, typed, wrong.errors)


async def _unmade(request: Request[Who, Any, Any], id: int, form: MoveForm, refusal: Refused) -> Response[Any]:
    """A refusal of what was typed is asked again; any other shows the post as it is now."""
    if isinstance(refusal, MovedMeanwhile) and await _came_twice(id, form, request.user):
        return await _done(request, await load(id), form)
    facts = await fact_sheet.of(id)
    asks = confirm(form.name, await view_of(request, id, facts)) if known(form.name) else None
    open_otherwise = form.name in BESIDE or offers.refusal(form.name, facts, by_person(request.user)) is None
    expected = not refusal.forbidden and not isinstance(refusal, MovedMeanwhile | SealChanged)
    if asks and asks.fields and expected and open_otherwise and facts.version == form.version:
        errors = {asks.fields[0].name: await _better(form, refusal, facts, request.user)}
        return await asking(request, id, form.name, await typed_in(request, MoveForm), errors)
    said = await raced.told(id, refusal, request, typed=form.reason)
    return await _refused(request, id, said, 403 if refusal.forbidden else 409, form.place)


async def _came_twice(post: int, form: MoveForm, who: Who) -> bool:
    """A button that was pressed twice did its work once, which is no error; what was typed may ask for more."""
    more = form.at or form.slot or form.on or form.wall or form.title or form.keyword or form.angle or form.again
    return not more and await raced.again(post, form.version or 0, form.name, form.reason, who)


async def _better(form: MoveForm, refusal: Refused, facts: PostFacts, who: Who) -> str:
    """A time that has passed comes with the next one that is free."""
    if not form.at:
        return refusal.reason
    free = await slots.next_free(facts.now)
    return f"{refusal.reason} Next free slot: {moment(free, who.zone, facts.today)}."


async def _done(request: Request[Who, Any, Any], fresh: Post, form: MoveForm) -> Response[Any]:
    told = said(form.name, await fact_sheet.of(fresh.id))
    home = f"/posts/{fresh.id}"
    if form.name == "duplicate" or not by_htmx(request):
        where = "/inbox" if form.place == "inbox" else home
        return _elsewhere(request, home if form.name == "duplicate" else where, told)
    if form.place == "inbox":
        return await inbox_row.after(request, fresh.id, told)
    return await item.swap(request, fresh.id, said=told, undoes=True)


def _elsewhere(request: Request[Who, Any, Any], path: str, told: str) -> Response[Any]:
    if by_htmx(request):
        return Response(None, status_code=204, headers={"HX-Redirect": path})
    return see_other(path, flash=told)


async def _refused(
    request: Request[Who, Any, Any], id: int, reason: str, status: int, place: str = ""
) -> Response[Any]:
    """Nothing was applied: the card as it is now, and the reason."""
    await load(id)
    if not by_htmx(request):
        return await item.whole(request, id, alert=reason, status=status)
    if (place or request.query_params.get("place")) == "inbox":
        return await inbox_row.refused(request, id, reason, status)
    return await item.swap(request, id, alert=reason, status=status)
