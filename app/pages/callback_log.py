"""The callbacks page: what platforms told us, what became of it, and applying one again. For admins."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.flow import callbacks, callers
from app.moves import Refused
from app.pages import callback_rows
from app.pages.callback_rows import A_PAGE, RESULTS, Row, Sought
from app.pages.cards import by_person
from app.pages.render import Page, page, see_other, team_of
from app.pages.settings import Corner, corners
from app.sessions import Who

CALLBACKS = "/settings/callbacks"
LABELS = {
    "heard": "Applied", "unmatched": "No post found", "ignored": "Passed over", "failed": "Not applied",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doubt:
    """A channel at whose address somebody knocked in vain today."""

    channel: int
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CallbacksPage:
    """`typed` are the filters as they stand."""

    corners: tuple[Corner, ...]
    rows: tuple[Row, ...]
    older: str
    doubts: tuple[Doubt, ...]
    channels: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, str], ...]
    typed: dict[str, str]
    filtered: bool
    problem: str = ""


@get(CALLBACKS)
async def callbacks_page(request: Request[Who, Any, Any]) -> Page:
    return await _page(request)


@post(CALLBACKS + "/{id:int}/again")
async def again(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    """Apply one again, now; what it came to is said at once."""
    try:
        await callbacks.again(id, by=by_person(request.user))
    except Refused as why:
        return await _page(request, status=409, problem=why.reason)
    except LookupError:
        raise NotFoundException("There is no such call.") from None
    row = await callback_rows.one(id, team_of(request).zone)
    said = f"{row.state.label}. {row.state.sentence}" if row else "Applied."
    return see_other(f"{CALLBACKS}#callback-{id}", flash=said)


async def _page(request: Request[Who, Any, Any], *, status: int = 200, problem: str = "") -> Page:
    sought = _sought(request)
    found = await callback_rows.rows(sought, team_of(request).zone)
    typed = {"channel": str(sought.channel or ""), "result": sought.result}
    context = CallbacksPage(
        corners=corners(request.user, "callbacks"),
        rows=tuple(found[:A_PAGE]),
        older=_address(typed, found[A_PAGE - 1].id) if len(found) > A_PAGE else "",
        doubts=tuple(Doubt(id, name, _doubt(times)) for id, name, times in await callers.doubts()),
        channels=(("", "All channels"), *((str(id), name) for id, name in await callback_rows.channels())),
        results=(("", "Everything"), *LABELS.items()),
        typed=typed,
        filtered=any(typed.values()),
        problem=problem,
    )
    return await page(
        "settings/callbacks.html", context, request=request, title="Callbacks", nav="settings", status=status
    )


def _sought(request: Request[Any, Any, Any]) -> Sought:
    """The address's filters; one that makes no sense is left out, as a link may be old."""
    given = request.query_params
    result = given.get("result", "")
    return Sought(_id(given.get("channel", "")), result if result in RESULTS else "", _id(given.get("before", "")))


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _address(typed: dict[str, str], before: int) -> str:
    kept = {name: value for name, value in typed.items() if value}
    return f"{CALLBACKS}?{urlencode({**kept, 'before': before})}"


def _doubt(times: int) -> str:
    return f"{times:,} {'call was' if times == 1 else 'calls were'} not believed today."
