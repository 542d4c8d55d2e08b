"""A post's place in the calendar as a resource: GET asks for day and time, POST sets them. A drag is the same POST."""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from app import facts as fact_sheet
from app import sql
from app.flow import clicks
from app.flow.clicks import Click
from app.lifecycles.facts import PostFacts
from app.moves import MovedMeanwhile, Refused
from app.pages import item
from app.pages.calendar import CalendarPage, shown
from app.pages.calendar_links import known
from app.pages.calendar_time import Instead, TimeForm, aim, asking, free_slot, way_of
from app.pages.cards import by_person
from app.pages.forms import Invalid, read, typed_in
from app.pages.move_words import ASKED
from app.pages.moves import load
from app.pages.render import Page, by_htmx, partial, see_other, team_of
from app.sessions import Who
from app.tables import Post
from app.times import TimeGap, day, local, moment

SHUT = "Its time cannot be changed now."
UNSEEN = "Load the page again: the form did not say what it saw."
AGAIN = "Nothing you did was applied. Here is how it stands now."
LAST = """
SELECT coalesce(n.name, 'Galley') FROM event e LEFT JOIN person n ON n.id = e.person
WHERE e.post = $1 AND e.version IS NOT NULL ORDER BY e.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Undo:
    """Where the post stood before: the fields of the form that puts it back there."""

    post: int
    version: int
    on: str
    wall: str
    back: str


@get("/posts/{id:int}/time")
async def ask_time(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    row, back = await load(id), request.query_params.get("back", "")
    if not way_of(row, request.user):
        return await _refused(request, id, SHUT, 409, back)
    return await asking(request, row, {"back": back}, {})


@post("/posts/{id:int}/time")
async def set_time(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    row = await load(id)
    try:
        form = await read(request, TimeForm)
    except Invalid as wrong:
        return await asking(request, row, wrong.typed, wrong.errors)
    if form.version is None:
        return await _refused(request, id, UNSEEN, 428, form.back)
    try:
        fresh = await _moved(row, form, request)
    except Refused as refusal:
        return await _unmade(request, row, form, refusal)
    except ValueError as wrong:
        return await _gap(request, row, form, wrong)
    return await _done(request, row, fresh, form)


async def _moved(row: Post, form: TimeForm, request: Request[Who, Any, Any]) -> Post:
    """The move itself, by the verb that this post's status has for it."""
    if row.version != form.version:
        raise MovedMeanwhile
    on, wall, at = aim(row, form, team_of(request).zone)
    name = way_of(row, request.user) or "set_time"
    return await clicks.perform(row, Click(name, on=on, wall=wall, at=at), by=by_person(request.user))


async def _done(request: Request[Who, Any, Any], old: Post, fresh: Post, form: TimeForm) -> Response[Any]:
    """The calendar as it is now, with what happened and the way back; without scripts its own page."""
    facts, zone = await fact_sheet.of(fresh.id), team_of(request).zone
    said = ASKED if facts.recall else f"{'Back on' if form.undo else 'Moved to'} {_stands(fresh, facts, zone)}."
    if not by_htmx(request):
        return see_other(known(form.back).address(), flash=said)
    undo = None if facts.recall or form.undo else _undo(old, fresh, facts, zone, form.back)
    return await _calendar(request, form.back, said=said, undo=undo)


def _stands(row: Post, facts: PostFacts, zone: str) -> str:
    if row.publish_at:
        return moment(row.publish_at, zone, facts.today)
    return day(row.planned_on, facts.today) if row.planned_on else "no day"


def _undo(old: Post, fresh: Post, facts: PostFacts, zone: str, back: str) -> Undo | None:
    """Nothing for an idea that had no day, and for a place that is over by now."""
    over = old.publish_at is not None and old.publish_at <= facts.now and facts.run is not None
    if old.planned_on is None or old.planned_on < facts.today or over:
        return None
    if old.publish_at is None:
        return Undo(fresh.id, fresh.version, old.planned_on.isoformat(), "", back)
    here = local(old.publish_at, zone)
    return Undo(fresh.id, fresh.version, f"{here:%Y-%m-%d}", f"{here:%H:%M}", back)


async def _unmade(request: Request[Who, Any, Any], row: Post, form: TimeForm, refusal: Refused) -> Response[Any]:
    """A day that will not do is asked for again; of any other refusal the calendar shows how it stands."""
    if isinstance(refusal, MovedMeanwhile):
        who = await sql.value(LAST, row.id)
        return await _refused(request, row.id, f"{who} changed this a moment ago. {AGAIN}", 409, form.back)
    if refusal.forbidden or not way_of(row, request.user):
        return await _refused(request, row.id, refusal.reason, 403 if refusal.forbidden else 409, form.back)
    typed = await typed_in(request, TimeForm)
    if aim(row, form, team_of(request).zone)[2] is None:
        return await asking(
            request, row, typed, {"wall" if way_of(row, request.user) == "reschedule" else "on": refusal.reason}
        )
    free = await free_slot((await fact_sheet.of(row.id)).now, team_of(request).zone)
    words = f"{refusal.reason} Next free slot: {free.submit.removeprefix('Use ')}."
    return await asking(request, row, typed, {"on": words}, free)


async def _gap(request: Request[Who, Any, Any], row: Post, form: TimeForm, wrong: ValueError) -> Response[Any]:
    """02:30 does not exist on 28 March: the next time that does stands in the field, one click away."""
    typed = await typed_in(request, TimeForm)
    if not isinstance(wrong, TimeGap):
        return await asking(request, row, typed, {"on": str(wrong)})
    valid = wrong.valid
    instead = Instead(f"{valid:%Y-%m-%d}", f"{valid:%H:%M}", f"Use {valid:%H:%M}")
    return await asking(request, row, typed, {"wall": str(wrong)}, instead)


async def _refused(request: Request[Who, Any, Any], id: int, reason: str, status: int, back: str) -> Response[Any]:
    """Nothing was applied: the calendar as it is now and the reason, or the post's own page with it."""
    if not by_htmx(request):
        return await item.whole(request, id, alert=reason, status=status)
    return await _calendar(request, back, alert=reason, status=status)


async def _calendar(
    request: Request[Who, Any, Any], back: str, *, said: str = "", alert: str = "", undo: Undo | None = None,
    status: int = 200,
) -> Page:  # fmt: skip
    """The whole calendar at that address; the sentence comes as the toast, or as an alert."""
    context: CalendarPage = await shown(request, back)
    names = {name: getattr(context, name) for name in CalendarPage.__slots__}
    told = {"HX-Trigger": json.dumps({"alert": {"text": alert}})} if alert else {}
    aimed = {"HX-Retarget": "#calendar", "HX-Reswap": "morph:outerHTML"}
    template = "calendar/_moved.html" if said else "calendar/_calendar.html"
    return partial(template, names | {"said": said, "undo": undo}, request=request, headers=told | aimed, status=status)
