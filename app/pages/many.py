"""Plan many posts at once: a pasted list or a CSV, a verdict on every row, then the ticked ones are planned."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from unicodedata import normalize
from uuid import UUID, uuid4

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromQuery

from app import platforms, sql
from app.flow import many as verbs
from app.pages.buttons import by_person
from app.pages.forms import Invalid, choice, given, number, read, text, token
from app.pages.many_report import report
from app.pages.many_rows import Judged, Known, Sheet, judge, sheet
from app.pages.render import Page, page, team_of
from app.sessions import Who
from app.times import city, day, local, moment

MIB = 2**20
LONGEST = 400_000
EXAMPLE = "Gift guide | 2026-12-01 | 09:00 | gifts\nBlack Friday in the shop\nLast orders | 2026-12-18"
NOT_TEXT = "This file is not text in UTF-8. Save it as “CSV UTF-8” and choose it again."
CHANGED = "The list is not the one that was checked. This is how it reads now: look again, then plan."
NOTHING = "Tick at least one row that can be planned."


@dataclass(frozen=True, slots=True)
class ManyForm:
    """`rows` is what was pasted; `tick` are the numbers of the rows to be planned, `checked` of which list."""

    rows: str = text(LONGEST, required=False, multiline=True)
    file: UploadFile | None = given()
    channels: tuple[int, ...] = given(default=())
    campaign: int | None = number(1, 2**62, required=False)
    tick: tuple[int, ...] = given(default=())
    then: str = choice("check", "plan", default="check")
    checked: str = text(64, required=False)
    form_token: str = text(36, required=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the preview."""

    number: int
    title: str
    said: str
    well: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class ManyPage:
    """`checked`: the preview is shown, and what it shows can be planned."""

    rows: str
    example: str
    channels: tuple[tuple[str, str, str], ...]
    chosen: tuple[str, ...]
    campaigns: tuple[tuple[str, str], ...]
    campaign: str
    zone: str
    form_token: str
    checked: str
    verdicts: tuple[Verdict, ...]
    well: int
    unread: tuple[str, ...]
    errors: dict[str, str]


@get("/posts/many")
async def many_page(request: Request[Who, Any, Any], campaign: FromQuery[int] = 0) -> Page:
    form = ManyForm(campaign=campaign or None, channels=tuple(await _channels()), form_token=str(uuid4()))
    return await _page(request, form, Sheet(), (), {})


@post("/posts/many", request_max_body_size=4 * MIB)
async def check_or_plan(request: Request[Who, Any, Any]) -> Page:
    form = await read(request, ManyForm)
    try:
        rows = await _uploaded(form.file) or form.rows
    except Invalid as wrong:
        return await _page(request, form, Sheet(), (), wrong.errors)
    found, once = sheet(rows), token(form.form_token) or uuid4()
    changed = form.then == "plan" and form.checked not in ("", _digest(rows))
    form = replace(form, rows=rows, file=None, then="check" if changed else form.then, form_token=str(once))
    judged = await _judged(request, form, found, once)
    if found.problem:
        return await _page(request, form, found, judged, {"rows": found.problem})
    if form.then == "check":
        return await _page(request, form, found, judged, {"rows": CHANGED} if changed else {})
    return await _planned(request, form, found, judged)


async def _planned(request: Request[Who, Any, Any], form: ManyForm, found: Sheet, judged: tuple[Judged, ...]) -> Page:
    plans = {one.row.number: one.plan for one in judged if one.plan and one.row.number in form.tick}
    if not plans:
        return await _page(request, form, found, judged, {"tick": NOTHING})
    done = await verbs.plan_all(plans, by=by_person(request.user))
    titles = {number: plan.title for number, plan in plans.items()}
    back = f"/campaigns/{form.campaign}" if form.campaign else "/posts"
    return await report(request, done, "create", "planned", back=back, titles=titles, nav="posts")


def _digest(rows: str) -> str:
    """What tells one list from another; the ticks are numbers of its rows."""
    return sha256(" ".join(normalize("NFC", rows).split()).encode()).hexdigest()


async def _uploaded(file: UploadFile | None) -> str:
    """The file's text; an empty box sends a file without a name."""
    if file is None or not file.filename:
        return ""
    body = await file.read()
    if len(body) > MIB:
        raise Invalid({"file": "This file is larger than 1 MB. Split it, or paste the rows."})
    try:
        text = body.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise Invalid({"file": NOT_TEXT}) from None
    if "\0" in text or len(text) > LONGEST:
        raise Invalid({"file": NOT_TEXT if "\0" in text else f"This file has more than {LONGEST:,} characters."})
    return text.strip()


async def _judged(request: Request[Who, Any, Any], form: ManyForm, found: Sheet, once: UUID) -> tuple[Judged, ...]:
    zone = team_of(request).zone
    channels, campaigns = await _channels(), await _campaigns()
    known = Known(
        zone, local(datetime.now(UTC), zone).date(), {name.lower(): key for key, name in reversed(campaigns.items())},
        {name.lower(): key for key, (_, name) in channels.items()},
        form.campaign if form.campaign in campaigns else None,
        tuple(channel for channel in form.channels if channel in channels),
    )  # fmt: skip
    return tuple(judge(row, known, once) for row in found.rows)


async def _page(
    request: Request[Who, Any, Any], form: ManyForm, found: Sheet, judged: tuple[Judged, ...], errors: dict[str, str]
) -> Page:
    zone, channels, campaigns = team_of(request).zone, await _channels(), await _campaigns()
    verdicts = _verdicts(judged, form, zone, local(datetime.now(UTC), zone).date())
    context = ManyPage(
        rows=form.rows,
        example=EXAMPLE,
        channels=tuple((str(key), letter, name) for key, (letter, name) in channels.items()),
        chosen=tuple(str(channel) for channel in form.channels),
        campaigns=(("", "No campaign"), *((str(key), title) for key, title in campaigns.items())),
        campaign=str(form.campaign or ""),
        zone=city(zone),
        form_token=form.form_token,
        checked=_digest(form.rows) if verdicts else "",
        verdicts=verdicts,
        well=sum(verdict.well for verdict in verdicts),
        unread=found.unread,
        errors=errors,
    )
    status = 422 if errors else 200
    return await page(
        "campaigns/many.html", context, request=request, title="Plan many posts", nav="posts", status=status
    )


def _verdicts(judged: tuple[Judged, ...], form: ManyForm, zone: str, today: date) -> tuple[Verdict, ...]:
    """What is sound is ticked until somebody unticks it."""
    return tuple(
        Verdict(
            one.row.number, one.row.cells.get("title", ""), _said(one, zone, today), one.plan is not None,
            one.plan is not None and (form.then == "check" or one.row.number in form.tick),
        )
        for one in judged
    )  # fmt: skip


def _said(one: Judged, zone: str, today: date) -> str:
    if one.plan is None:
        return " ".join(one.wrong)
    when = one.plan.when
    if when.on is None:
        return "An idea: it waits for a date."
    return f"Planned for {moment(when.at, zone, today) if when.at else day(when.on, today)}."


async def _channels() -> dict[int, tuple[str, str]]:
    """Letter and name of every connected channel."""
    found = await sql.rows("SELECT id, name, platform FROM channel WHERE disconnected_at IS NULL ORDER BY id")
    return {record["id"]: (platforms.letter(record["platform"], record["name"]), record["name"]) for record in found}


async def _campaigns() -> dict[int, str]:
    found = await sql.rows("SELECT id, title FROM campaign WHERE archived_at IS NULL ORDER BY id DESC LIMIT 500")
    return {record["id"]: record["title"] for record in found}
