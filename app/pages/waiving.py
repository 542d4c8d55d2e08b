"""The doors of a post's checks: the box that asks again while links are looked at, and letting a failing one pass."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from app.flow import waivers
from app.moves import MovedMeanwhile, Refused
from app.pages import item, raced
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, number, read, text
from app.pages.moves import load
from app.pages.render import Page, by_htmx, see_other
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class WaiverForm:
    """Which check, why it may stay as it is, and the version its sender saw."""

    name: str = text(40)
    then: str = choice("waive", "unwaive")
    note: str = text(waivers.LONGEST, required=False)
    version: int | None = number(1, 2**31 - 1)


@get("/posts/{id:int}/checks")
async def checks_box(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    """What the box fetches of itself while links are looked at."""
    await load(id)
    return await item.box(request, id)


@post("/posts/{id:int}/checks")
async def waive(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row, by = await load(id), by_person(request.user)
    try:
        form = await read(request, WaiverForm)
        if row.version != form.version:
            raise MovedMeanwhile
        if form.then == "waive":
            await waivers.waive(row, form.name, form.note, by=by)
        else:
            await waivers.unwaive(row, form.name, by=by)
    except Invalid as wrong:
        return await _again(request, id, str(wrong), 422)
    except Refused as refusal:
        status = 403 if refusal.forbidden else 422 if refusal.reason == waivers.NO_NOTE else 409
        return await _again(request, id, await raced.told(id, refusal, request, typed=form.note), status)
    told = "Waived." if form.then == "waive" else "It counts again."
    if not by_htmx(request):
        return see_other(f"/posts/{id}#checks-{id}", flash=told)
    return await item.swap(request, id, said=told)


async def _again(request: Request[Who, Any, Any], id: int, why: str, status: int) -> Page:
    if not by_htmx(request):
        return await item.whole(request, id, alert=why, status=status)
    return await item.swap(request, id, alert=why, status=status)
