"""/notices: what somebody was told, by day; opening one leads to the thing itself.

A notice is opened by a GET that marks it as seen: a link has to work in e-mail, in a new tab and without JavaScript,
and nothing but the reader's own mark changes. What browsers fetch ahead of a click marks nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.flow import notice_words, notices
from app.flow.notice_words import Told
from app.flow.notices import NoticeKind
from app.pages import notices_query
from app.pages.forms import number, read
from app.pages.notices_query import PAGE, Wanted, wanted
from app.pages.posts_filters import BIGGEST_ID
from app.pages.render import Page, page, see_other
from app.sessions import Who
from app.times import ago, day, local, moment

# The pill of each kind: label, group and icon.
MARKS = {
    NoticeKind.CHANGED_THERE: ("Changed there", "review", "triangle-alert"),
    NoticeKind.HELD_LATE: ("Held", "review", "pause"),
    NoticeKind.CHANNEL_BROKEN: ("Not working", "problem", "unplug"),
    NoticeKind.DAY_PASSED: ("Schedule missed", "problem", "calendar-x"),
    NoticeKind.REMINDER: ("Review", "review", "clock"),
    NoticeKind.APPROVAL_ASKED: ("Review", "review", "eye"),
    NoticeKind.CHANGES_ASKED: ("Review", "review", "file-pen-line"),
    NoticeKind.MENTION: ("Comment", "plan", "message-square"),
    NoticeKind.REPLY: ("Comment", "plan", "message-square"),
    NoticeKind.ASSIGNED: ("Yours", "plan", "user"),
    NoticeKind.DECLINED: ("Rejected", "stopped", "ban"),
    NoticeKind.APPROVAL_GIVEN: ("Approved", "ready", "check"),
}
FAILED = ("Problem", "problem", "octagon-alert")


@dataclass(frozen=True, slots=True)
class Row:
    """One notice. `when` is its age, `at` the exact moment with its zone."""

    id: int
    seen: bool
    mark: tuple[str, str, str]
    sentence: str
    detail: str
    when: str
    at: str
    iso: str


@dataclass(frozen=True, slots=True)
class Day:
    """The notices of one day in the reader's zone, those not seen yet first."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """`older` leads to the page behind this one; `newest` is the last unseen one, 0 when all were seen."""

    days: tuple[Day, ...]
    unseen_only: bool
    older: str
    newest: int


@dataclass(frozen=True, slots=True)
class SeenForm:
    """`newest`: the last one its reader was shown."""

    newest: int = number(0, BIGGEST_ID)


@get("/notices")
async def notices_page(request: Request[Who, Any, Any]) -> Page:
    who, want = request.user, wanted(request.query_params)
    found = await notices_query.ids(who.id, want)
    told = await notice_words.told(found[:PAGE])
    context = NoticesPage(
        days=_days(told, who.zone),
        unseen_only=want.unseen,
        older=want.address(found[PAGE - 1]) if len(found) > PAGE else "",
        newest=await notices_query.newest_unseen(who.id),
    )
    return await page("notices/page.html", context, request=request, title="Notices", nav="notices")


@get("/notices/{id:int}")
async def open_notice(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    if await notices_query.mine(id, request.user.id) is None:
        raise NotFoundException("This notice is gone.")
    if not _ahead(request):
        await notices.see(id, request.user.id)
    return see_other((await notice_words.told([id]))[0].href)


@post("/notices/seen")
async def see_all(request: Request[Who, Any, Any]) -> Response[Any]:
    form = await read(request, SeenForm)
    seen = await notices.see_all(request.user.id, form.newest)
    return see_other(Wanted().address(), flash="All notices are marked as read." if seen else "")


def _ahead(request: Request[Any, Any, Any]) -> bool:
    """Whether it is fetched before anybody clicks, or only asked about (HEAD, see front_door.py)."""
    early = request.scope.get("only_asks", False)
    return bool(early) or "prefetch" in (request.headers.get("sec-purpose", "") + request.headers.get("purpose", ""))


def _days(told: Sequence[Told], zone: str) -> tuple[Day, ...]:
    today = local(datetime.now(UTC), zone).date()
    # Ids follow when people were told, days when it happened: seconds apart as a rule, but perhaps across midnight.
    grouped = groupby(sorted(told, key=lambda one: -one.at.timestamp()), key=lambda one: local(one.at, zone).date())
    return tuple(Day(_capital(day(on, today)), _rows(some, zone, today)) for on, some in grouped)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _rows(told: Iterable[Told], zone: str, today: date) -> tuple[Row, ...]:
    return tuple(_row(one, zone, today) for one in sorted(told, key=lambda one: one.seen))


def _row(one: Told, zone: str, today: date) -> Row:
    mark, at = MARKS.get(one.kind, FAILED), moment(one.at, zone, today)
    return Row(one.id, one.seen, mark, one.sentence, one.detail, ago(one.at, one.now), at, one.at.isoformat())
