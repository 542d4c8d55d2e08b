"""The page where an editor makes a guest link for a post, sees who has one, and stops them."""

from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from app import facts as fact_sheet
from app import seals
from app.flow import guests
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.moves import Refused
from app.pages import approvals as approvals_box
from app.pages import raced
from app.pages.approvals import Box
from app.pages.buttons import by_person
from app.pages.forms import Invalid, number, read, typed_in
from app.pages.moves import load
from app.pages.render import Page, page, see_other
from app.sessions import Who
from app.times import moment

USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class LinkForm:
    """For how many days it works; `version` is the one its maker saw."""

    days: int = number(1, 30)
    version: int = number(1, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link that was made: by whom, and what has become of it."""

    id: int
    by: str
    state: str
    open: bool


@dataclass(frozen=True, slots=True)
class LinksPage:
    """`link` is shown once, right after it was made; `closed` says why none can be made."""

    post: int
    title: str
    version: int
    approvals: Box | None
    rows: tuple[LinkRow, ...]
    closed: str
    link: str
    problem: str
    typed: dict[str, str]
    errors: dict[str, str]


@get("/posts/{id:int}/guest")
async def links_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    return await _page(request, id)


@post("/posts/{id:int}/guest")
async def invite(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    """Make a link; the answer shows it, once."""
    row = await load(id)
    try:
        form = await read(request, LinkForm)
        row.version = form.version
        link = await guests.invite(row, form.days, by=by_person(request.user))
    except Invalid as wrong:
        return await _page(request, id, status=422, typed=wrong.typed, errors=wrong.errors)
    except Refused as refusal:
        status, why = 403 if refusal.forbidden else 409, await raced.told(id, refusal, request)
        return await _page(request, id, status=status, problem=why, typed=await typed_in(request, LinkForm))
    return await _page(request, id, link=link)


@post("/posts/{id:int}/guest/{link:int}/revoke")
async def revoke(request: Request[Who, Any, Any], id: FromPath[int], link: FromPath[int]) -> Page:
    await load(id)
    await guests.revoke(id, link, by=by_person(request.user))
    return see_other(f"/posts/{id}/guest", flash="That link does not work any more.")


async def _page(
    request: Request[Who, Any, Any], id: int, *, status: int = 200, link: str = "", problem: str = "",
    typed: dict[str, str] | None = None, errors: dict[str, str] | None = None,
) -> Page:  # fmt: skip
    row, facts, who = await load(id), await fact_sheet.of(id), request.user
    box = await approvals_box.box(id, facts, who)
    context = LinksPage(
        post=id,
        title=row.title,
        version=facts.version,
        approvals=replace(box, guest=False) if box else None,
        rows=await _rows(id, facts, who),
        closed=_closed(facts, who),
        link=link,
        problem=problem,
        typed={"days": str(USUAL_DAYS), **(typed or {})},
        errors=errors or {},
    )
    return await page(
        "approve/links.html", context, request=request, title="Guest link", nav="posts", status=status
    )  # fmt: skip


def _closed(facts: PostFacts, who: Who) -> str:
    """Why no link can be made now: whoever makes one must be able to approve it."""
    if who.id in facts.voters:
        return guests.VOTED
    return offers.refusal("approve", facts, by_person(who)) or ""


async def _rows(post: int, facts: PostFacts, who: Who) -> tuple[LinkRow, ...]:
    now = (await seals.sealable(post)).digest if facts.body else b""
    return tuple(_row(link, now, facts, who) for link in await guests.links(post))


def _row(link: guests.Link, digest: bytes, facts: PostFacts, who: Who) -> LinkRow:
    state = f"works until {moment(link.expires_at, who.zone, facts.today)}"
    if link.used_at:
        state = f"used {moment(link.used_at, who.zone, facts.today)}"
    elif not link.open:
        state = "stopped" if link.revoked else "too old"
    elif link.digest != digest:
        state = "for an earlier text; it only says that this version was replaced"
    return LinkRow(link.id, link.by, state, link.open)
