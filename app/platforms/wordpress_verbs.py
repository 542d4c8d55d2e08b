"""What each verb does to a WordPress: read, decide, write once, read back what stands. Called by wordpress only."""

import re
from datetime import timedelta
from typing import Any

from app.platforms.contract import (
    Answer,
    HandedOff,
    Outcome,
    Parcel,
    Published,
    Refused,
    Removed,
    TryLater,
    Unknown,
    WentOn,
)
from app.platforms.wordpress_media import bring, shelf
from app.platforms.wordpress_posts import (
    POSTS,
    SHOWN,
    Item,
    by_id,
    fields,
    gmt,
    held,
    item,
    rewritten,
    sighting,
    stamp,
    stamped,
)
from app.platforms.wordpress_terms import terms
from app.platforms.wordpress_wire import Line

AHEAD = timedelta(seconds=75)  # less than a minute ahead it would publish at once
CACHED = timedelta(minutes=1)
OFF = ("draft", "pending", "private", "trash")  # states in which no reader sees it and no clock will publish it
NAMELESS = "Nobody knows under which number {name} has it: do this there by hand."
PASSED = Refused("unexpected", "Its time is too near to hand it over; Galley sends it at the time itself.")


async def put(parcel: Parcel, *, schedule: bool) -> Outcome:
    """On with the next step of a new article, or of one that WordPress kept as a draft.

    What an earlier delivery left there gets this one's text, whatever became of it; only our own is live already.
    """
    line = Line(parcel.account)
    found = await held(line, parcel)
    sorted_there = found is not None and found.id == parcel.remote_id
    known = sorted_there or bool(found and parcel.progress.get("again"))
    if found is not None and found.status == "publish" and (schedule or not known):
        return Published(found.id, found.link, found.at, found.heard)
    if schedule and not _ahead(parcel, line):
        return PASSED
    on = await shelf(line, parcel)
    if step := await bring(line, parcel, on):
        return step
    marked = {} if sorted_there else await terms(line, parcel)  # what people sorted by hand stays sorted
    if isinstance(marked, WentOn):
        return marked
    if found is None:
        return await _reserve(line, parcel, marked)
    said = fields(parcel, on.placed(parcel), on.cover(parcel.content))
    return await _write(line, found, said | marked | _when(parcel, line, found, schedule=schedule))


async def update(parcel: Parcel) -> Outcome:
    """In place: date, categories and tags stay as people arranged them there."""
    if not parcel.remote_id:
        return Refused("unexpected", NAMELESS.format(name=parcel.account.name))
    line = Line(parcel.account)
    found = await by_id(line, parcel.remote_id)
    if found is None or found.status in OFF:
        return _not_there(parcel, found)
    on = await shelf(line, parcel)
    if step := await bring(line, parcel, on):
        return step
    return await _write(line, found, fields(parcel, on.placed(parcel), on.cover(parcel.content)))


async def remove(parcel: Parcel) -> Outcome:
    """Back to a draft, with its date: published again it has its old address. Then that address is looked at."""
    line = Line(parcel.account)
    found = await (by_id(line, parcel.remote_id) if parcel.remote_id else held(line, parcel))
    if found is None and not parcel.remote_id:
        return Refused("unexpected", NAMELESS.format(name=parcel.account.name))
    if found is not None and found.status not in OFF:
        found = await rewritten(line, found, {"status": "draft"})
        if found.status not in OFF:
            return _standing(found, parcel.account.name)
    heard = found.heard if found else Answer()
    if await _still_served(line, parcel):
        note = f"{parcel.account.name} took it down, but its address still shows it: a cache, perhaps."
        return TryLater("platform_unavailable", note, line.now + CACHED, heard)
    return Removed(heard)


async def reschedule(parcel: Parcel) -> Outcome:
    line = Line(parcel.account)
    found = await by_id(line, parcel.remote_id)
    if found is None or found.status in OFF:
        return _not_there(parcel, found)
    if found.status == "publish":
        return Published(found.id, found.link, found.at, found.heard)
    if parcel.due_at is None or not _ahead(parcel, line):
        return PASSED
    return await _write(line, found, {"status": "future", "date_gmt": gmt(parcel.due_at)})


async def unschedule(parcel: Parcel) -> Outcome:
    """The date goes too: kept, it would turn the next `publish` into a schedule nobody asked for."""
    line = Line(parcel.account)
    found = await by_id(line, parcel.remote_id)
    if found is not None and found.status == "publish":
        return Published(found.id, found.link, found.at, found.heard)
    if found is not None and found.status not in OFF:
        found = await rewritten(line, found, {"status": "draft", "date": None})
        if found.status not in OFF:
            return _standing(found, parcel.account.name)
    return Removed(found.heard if found else Answer())


async def nudge(parcel: Parcel) -> Outcome:
    """Only what still waits there for a time that has passed; its date stays the one it was planned for."""
    line = Line(parcel.account)
    found = await by_id(line, parcel.remote_id)
    if found is None or found.status in OFF:
        return _not_there(parcel, found)
    if found.status == "future" and found.at is not None and found.at <= line.now:
        return await _write(line, found, {"status": "publish"})
    return _standing(found, parcel.account.name)


async def _reserve(line: Line, parcel: Parcel, marked: dict[str, list[int]]) -> WentOn:
    """A draft without text that carries our mark: found by it when the answer is lost, and seen by no reader."""
    mark = {"slug": stamp(parcel.key), "content": stamped("", parcel.key)}
    said = await line.write(POSTS, {"status": "draft", "title": parcel.content.title, **mark}, _fields=SHOWN)
    return WentOn("reserve", {"id": item(said.one, said.heard).id, "terms": marked}, said.heard)


async def _write(line: Line, found: Item, said: dict[str, Any]) -> Outcome:
    return _standing(await rewritten(line, found, said), line.account.name)


def _standing(written: Item, name: str) -> Published | HandedOff | Refused | Unknown:
    """What WordPress made of it."""
    match sighting(written):
        case Published(id, link, _, heard):
            return Published(id, link, None, heard)
        case HandedOff() | Unknown() as seen:
            return seen
    return Refused("changed_there", f"{name} has it as {written.status} and did not publish it.", written.heard)


def _when(parcel: Parcel, line: Line, found: Item, *, schedule: bool) -> dict[str, str]:
    """A draft keeps its date, so its address stays; one that lies ahead would turn `publish` into `future`."""
    if schedule and parcel.due_at:
        return {"status": "future", "date_gmt": gmt(parcel.due_at)}
    if found.at and found.at > line.now:
        return {"status": "publish", "date_gmt": gmt(line.now)}
    return {"status": "publish"}


def _ahead(parcel: Parcel, line: Line) -> bool:
    """By the site's clock: with one that runs fast it would go live early."""
    return parcel.due_at is not None and parcel.due_at - line.now > AHEAD


async def _still_served(line: Line, parcel: Parcel) -> bool:
    """WordPress may send readers on to a similar address, so both the final address and the number count."""
    page = await line.visit(parcel.remote_url) if parcel.remote_url else None
    if page is None or not page.ok or page.url.rstrip("/") != parcel.remote_url.rstrip("/"):
        return False
    numbered = re.search(rf"postid-{parcel.remote_id or '[0-9]+'}\b".encode(), page.body) is not None
    return numbered or f"?p={parcel.remote_id}>" in page.headers.get("link", "")


def _not_there(parcel: Parcel, found: Item | None) -> Refused:
    name = parcel.account.name
    if found is None:
        return Refused("changed_there", f"{name} no longer has it.")
    return Refused("changed_there", f"It is not live there any more: {name} has it as {found.status}.", found.heard)
