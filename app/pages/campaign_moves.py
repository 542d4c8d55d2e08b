"""The verbs of a campaign: a page that lists what happens to each post, then the single verb on each ticked one."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asyncpg import Record
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from app import facts as fact_sheet
from app.flow import many, spread
from app.flow.many import Seen
from app.lifecycles import campaign as lifecycle
from app.lifecycles import offers
from app.lifecycles.campaign import Verb
from app.lifecycles.post import POST
from app.pages import campaign_query, details
from app.pages.buttons import by_person
from app.pages.campaign_query import Known
from app.pages.campaigns import load
from app.pages.cards import card
from app.pages.consequences import sentences
from app.pages.forms import choice, read, text
from app.pages.many_report import report
from app.pages.render import Page, page, team_of
from app.pages.words import View
from app.sessions import Who
from app.times import city, instant

HOWS = (("planned", "At their planned times", "Without a time, or when it is over, a post gets the next free slot."),
        ("slots", "Spread over the team’s slots", "One post in each free slot, in this order."),
        ("one", "All at one time", "Every post goes out at the time below."))  # fmt: skip
TICKED = re.compile(r"([1-9]\d{0,17}):([1-9]\d{0,8}):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00)?")
WAYS = {key for key, _, _ in HOWS}
LOST = "The form named a post that cannot be read. Load the page again."
NO_SLOT = "No slot is free in the next three years."
LOOK = "You chose other times. Here they are; look at them, then schedule."
PICK = "Pick a day and a time that lie ahead."


@dataclass(frozen=True, slots=True)
class Row:
    """One post and what the verb does to it; `value` is what its box sends, empty where it is closed."""

    id: int
    title: str
    label: str
    group: str
    icon: str
    value: str
    said: str
    ticked: bool = True


@dataclass(frozen=True, slots=True)
class VerbPage:
    """`hows` are the ways to choose times, where times are chosen; `others` are left as they are.

    `shown` is the choice that the times of the rows were made for.
    """

    id: int
    title: str
    verb: Verb
    rows: tuple[Row, ...]
    ready: int
    others: str
    hows: tuple[tuple[str, str, str], ...]
    how: str
    at: str
    shown: str
    zone: str
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class VerbForm:
    """`row`: ID:VERSION:INSTANT as the page showed them, once for each ticked post, for the choice `shown`."""

    name: str = text(40)
    row: tuple[str, ...] = text(200, required=False)
    how: str = choice("", *(key for key, _, _ in HOWS), default="")
    at: str = text(25, required=False)
    shown: str = text(40, required=False)
    then: str = choice("", "show", default="")

    @property
    def looks_first(self) -> bool:
        """Other times were chosen than those in the rows, or are only to be shown."""
        return self.then == "show" or bool(self.shown and self.shown != _choice(self.how, self.at))


@get("/campaigns/{id:int}/moves/{name:str}")
async def ask(
    request: Request[Who, Any, Any], id: FromPath[int], name: FromPath[str], how: FromQuery[str] = "",
    at: FromQuery[str] = "",
) -> Page:  # fmt: skip
    return await _asking(request, await load(id), _verb(name), how, at)


@post("/campaigns/{id:int}/moves")
async def make(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    known = await load(id)
    form = await read(request, VerbForm)
    verb = _verb(form.name)
    try:
        rows = [_seen(row) for row in form.row]
    except ValueError:
        return await _asking(request, known, verb, "", "", {"row": LOST})
    if form.looks_first:
        seen = {row.post for row in rows} or None  # none could be ticked yet: then all are
        errors = {} if form.then == "show" else {"how": LOOK}
        return await _asking(request, known, verb, form.how, form.at, errors, seen)
    if not rows:
        return await _asking(request, known, verb, "", "", {"row": "Tick at least one post."})
    done = await many.click(rows, verb.name, campaign=id, by=by_person(request.user))
    return await report(request, done, verb.name, verb.done, back=f"/campaigns/{id}")


def _verb(name: str) -> Verb:
    found = lifecycle.verb(name)
    if found is None:
        raise NotFoundException("A campaign has no such button.")
    return found


def _seen(value: str) -> Seen:
    found = TICKED.fullmatch(value)
    if found is None:
        raise ValueError(value)
    return Seen(int(found[1]), int(found[2]), datetime.fromisoformat(found[3]) if found[3] else None)


def _choice(how: str, at: str) -> str:
    """The day and time matter to one of the ways only."""
    return f"{how} {at}" if how == "one" else how


async def _asking(
    request: Request[Who, Any, Any], known: Known, verb: Verb, how: str, at: str, errors: dict[str, str] | None = None,
    ticked: Collection[int] | None = None,
) -> Page:  # fmt: skip
    found, how = dict(errors or {}), how if how in WAYS else "planned"
    records = await campaign_query.chosen(known.id, verb.statuses)
    times = await _times(verb, records, known, how, _one_time(at, team_of(request).zone, known.now, found))
    rows = await _rows(request, verb, times, PICK if how == "one" else NO_SLOT)
    rows = tuple(replace(row, ticked=ticked is None or row.id in ticked) for row in rows)
    context = VerbPage(
        id=known.id, title=known.title, verb=verb, rows=rows, ready=sum(bool(row.value) for row in rows),
        others=_others(known, verb, len(records)), hows=HOWS if verb.name == "schedule" else (), how=how, at=at,
        shown=_choice(how, at), zone=city(team_of(request).zone), errors=found,
    )  # fmt: skip
    status = 422 if found else 200
    return await page("campaigns/verb.html", context, request=request, title=verb.label, nav="campaigns", status=status)


async def _times(
    verb: Verb, records: Sequence[Record], known: Known, how: str, one: datetime | None
) -> dict[int, datetime | None]:
    """The time proposed for each post, in order; none where the verb needs none."""
    times: list[datetime | None] = [one] * len(records)
    if verb.name == "schedule" and how != "one":
        planned = [(record["planned_on"], record["publish_at"]) for record in records]
        times = await spread.proposed(planned, known.now, keep=how == "planned")
    return {record["id"]: time for record, time in zip(records, times, strict=True)}


def _one_time(typed: str, zone: str, now: datetime, errors: dict[str, str]) -> datetime | None:
    """The time typed for all of them, or why it cannot be."""
    if not typed:
        return None
    try:
        wall = datetime.fromisoformat(typed)
        at = instant(wall.date(), wall.time(), zone)
    except ValueError as wrong:
        errors["at"] = str(wrong) if "does not exist" in str(wrong) else PICK
        return None
    if wall.tzinfo or at <= now:
        errors["at"] = PICK
        return None
    return at


async def _rows(
    request: Request[Who, Any, Any], verb: Verb, times: dict[int, datetime | None], untimed: str
) -> tuple[Row, ...]:
    posts, who, team = list(times), request.user, team_of(request)
    facts, told = await fact_sheet.many(posts), await details.of(posts)
    rows = []
    for number in posts:
        if (now := facts.get(number)) is None or now.status not in verb.statuses:
            continue
        shown = card(now, told[number], who, team)
        at = times[number] if verb.name == "schedule" else None
        view = View(now, told[number], who.zone, team.generation_on)
        refusal = offers.refusal(verb.name, now, by_person(who)) or ("" if at or verb.name != "schedule" else untimed)
        words = refusal or (_goes(view, at) if at else " ".join(sentences(verb.name, view)))
        seen = f"{number}:{now.version}:{at.astimezone(UTC).isoformat(timespec='seconds') if at else ''}"
        value = "" if refusal else seen
        rows.append(Row(number, shown.title, shown.status_label, shown.group, shown.icon, value, words))
    return tuple(sorted(rows, key=lambda row: not row.value))


def _goes(view: View, at: datetime) -> str:
    names = ", ".join(target.name for target in view.facts.sendable)
    return f"Goes out {view.when(at)} on {names}."


def _others(known: Known, verb: Verb, listed: int) -> str:
    """What the verb leaves alone: 2 Planned, 1 Rejected."""
    rest = [(POST.state(status).label, n) for status, n in known.statuses.items() if status not in verb.statuses]
    acted = sum(n for status, n in known.statuses.items() if status in verb.statuses)
    parts = [f"{n} {label}" for label, n in sorted(rest)]
    parts += [f"{acted - listed} more of the same for a second round"] if acted > listed else []
    return f"Left as they are: {', '.join(parts)}." if parts else ""
