"""The doors of bulk acts: GET lists every ticked post with its consequence, POST does it and reports each one."""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.access import safe_next
from app.flow import bulk
from app.flow.bulk import MOST, Act, Row
from app.pages import posts_query
from app.pages.bulk_report import report
from app.pages.bulk_rows import Asked, Line, lines
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, given, number, read, text, typed_in
from app.pages.posts_filters import wanted
from app.pages.render import Page, by_htmx, page, partial, team_of
from app.sessions import Who

# A ticked post as pages send it: id, version seen, digest seen; for an undo id, version and day, time or person.
TICKED = re.compile(r"([1-9]\d{0,17})(?::(\d{1,9})(?::([0-9a-f]{64})?)?)?")
PUT_BACK = re.compile(r"([1-9]\d{0,17}):(\d{1,9}):(\d{4}-\d\d-\d\d)?:(\d\d\.\d\d)?")
GIVE_BACK = re.compile(r"([1-9]\d{0,17}):(\d{1,9}):([1-9]\d{0,17})")
NOTHING = "Tick at least one post first."
UNSEEN = "Load the page again: the form did not say what it saw."
DAYS = 3650


@dataclass(frozen=True, slots=True)
class Way:
    """One bulk act as the dialog words it."""

    label: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class BulkForm:
    do: str = choice(*bulk.VERBS)
    row: tuple[str, ...] = text(120, required=False)
    on: date | None = given()
    by_days: int | None = number(-DAYS, DAYS, required=False)
    owner: int | None = number(1, 10**15, required=False)
    back: str = text(2000, required=False)


@dataclass(frozen=True, slots=True)
class BulkPage:
    do: str
    way: Way
    title: str
    lines: tuple[Line, ...]
    unfit: tuple[Line, ...]
    ticked: frozenset[int]
    owners: tuple[tuple[str, str], ...]
    bounded: str
    typed: dict[str, str]
    errors: dict[str, str]
    back: str
    level: int


WAYS = {
    "approve": Way("Approve", "check", "Each one is approved exactly as it is shown here."),
    "move": Way("Move", "calendar-clock", "Each post keeps its own time of day. Approvals stay."),
    "assign": Way("Assign", "user", "The new owner may edit it, and finds it under their name."),
    "retry": Way("Retry", "rotate-ccw", "What is live already is not sent again."),
    "archive": Way("Archive", "archive", "They disappear from lists and calendar. Nothing is deleted."),
}


@get("/posts/bulk/{do:str}")
async def ask(request: Request[Who, Any, Any], do: FromPath[str]) -> Page:
    """The question: every post with what would become of it."""
    if do not in WAYS:
        raise NotFoundException("There is no such button for several posts.")
    asked, bounded = await _asked(request)
    errors = {} if asked else {"row": NOTHING}
    return await _asking(request, do, asked, {"back": _back(request.query_params.get("back", ""))}, errors, bounded)


@post("/posts/bulk")
async def make(request: Request[Who, Any, Any]) -> Response[Any]:
    form = await read(request, BulkForm)
    typed = await typed_in(request, BulkForm)
    rows = [READERS.get(form.do, _row)(one) for one in form.row]
    if errors := _wrong(form):
        if form.do not in WAYS:
            raise Invalid(errors)
        asked = [Asked(row.post, row.version, row.digest.hex()) for row in rows]
        return await _asking(request, form.do, asked, typed, errors)
    act = Act(form.do, form.on, form.by_days, form.owner)
    done = await bulk.perform(rows[:MOST], act, by=by_person(request.user))
    return await _reported(request, form, done)


async def _asked(request: Request[Who, Any, Any]) -> tuple[list[Asked], str]:
    """The ticked posts, or all that match the filters; and what to say when those are too many."""
    if request.query_params.get("all") == "1":
        found, more = await posts_query.matching(wanted(request.query_params), team_of(request).zone, MOST)
        return [
            Asked(number) for number in found
        ], f"The first {MOST} are listed; do the rest afterwards." if more else ""
    ticked = [match for one in request.query_params.getall("row", []) if (match := TICKED.fullmatch(one))]
    asked = {int(m[1]): Asked(int(m[1]), int(m[2]) if m[2] else None, m[3] or "") for m in ticked}
    return list(asked.values())[:MOST], ""


def _row(sent: str) -> Row:
    found = TICKED.fullmatch(sent)
    if found is None or not found[2]:
        raise Invalid({"row": UNSEEN})
    return Row(int(found[1]), int(found[2]), bytes.fromhex(found[3] or ""))


def _put_back(sent: str) -> Row:
    found = PUT_BACK.fullmatch(sent)
    if found is None:
        raise Invalid({"row": UNSEEN})
    try:
        on = date.fromisoformat(found[3]) if found[3] else None
        wall = time.fromisoformat(found[4].replace(".", ":")) if found[4] else None
    except ValueError:
        raise Invalid({"row": UNSEEN}) from None
    return Row(int(found[1]), int(found[2]), on=on, wall=wall)


def _given_back(sent: str) -> Row:
    found = GIVE_BACK.fullmatch(sent)
    if found is None:
        raise Invalid({"row": UNSEEN})
    return Row(int(found[1]), int(found[2]), owner=int(found[3]))


READERS = {"move_back": _put_back, "assign_back": _given_back}


def _wrong(form: BulkForm) -> dict[str, str]:
    errors = {} if form.row else {"row": NOTHING}
    if form.do == "move" and (form.on is None) == (form.by_days is None):
        errors["on"] = "Pick a day, or say by how many days; one of the two."
    if form.do == "assign" and form.owner is None:
        errors["owner"] = "Pick the new owner."
    return errors


async def _asking(
    request: Request[Who, Any, Any], do: str, asked: list[Asked], typed: dict[str, str], errors: dict[str, str],
    bounded: str = "",
) -> Page:  # fmt: skip
    found = await lines(do, asked, request.user, team_of(request))
    fit = tuple(line for line in found if not line.why_not)
    again = request.method == "POST" and bool(asked)
    inside = by_htmx(request)
    context = BulkPage(
        do=do, way=WAYS[do], title=_title(do, len(fit)), lines=fit, unfit=tuple(line for line in found if line.why_not),
        ticked=frozenset(line.id for line in fit if again or line.ticked),
        owners=await _owners() if do == "assign" else (), bounded=bounded, typed=typed, errors=errors,
        back=_back(typed.get("back", "")), level=2 if inside else 1,
    )  # fmt: skip
    status = 422 if errors else 200
    if inside:
        return partial("bulk/_confirm.html", context, request=request, status=status)
    return await page("bulk/confirm.html", context, request=request, title=context.title, nav="posts", status=status)


async def _reported(request: Request[Who, Any, Any], form: BulkForm, done: list[bulk.Done]) -> Page:
    inside = by_htmx(request)
    back, level = _back(form.back), 2 if inside else 1
    context = await report(form.do, done, request.user, team_of(request), back=back, level=level)
    status = 200 if context.anything else 409
    if inside:
        return partial("bulk/_report.html", context, request=request, status=status)
    return await page("bulk/report.html", context, request=request, title="Report", nav="posts", status=status)


async def _owners() -> tuple[tuple[str, str], ...]:
    found = await posts_query.owners()
    return (("", "Choose somebody"), *((str(row["id"]), row["name"]) for row in found))


def _title(do: str, count: int) -> str:
    if not count:
        return f"{WAYS[do].label}: none of these"
    return f"{WAYS[do].label} {count} {'post' if count == 1 else 'posts'}?"


def _back(sent: str) -> str:
    found = safe_next(sent)
    return found if found != "/" else "/posts"
