"""A WordPress post as we find and write it: our stamp, its states, its fields. Called by wordpress* only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from app.platforms.answers import moment, storable, web_address
from app.platforms.contract import Absent, Answer, HandedOff, Parcel, Published, Removed, Sighting, Unknown
from app.platforms.wordpress_wire import Line, Said, Stopped

POSTS = "/posts"
ANY = "publish,future,draft,pending,private,trash"
SHOWN = "id,status,link,date_gmt,modified_gmt"
STANDING = ("publish", "future", "draft", "pending", "private", "trash")  # of several, the one that matters first


@dataclass(frozen=True, slots=True)
class Item:
    """What WordPress says of a post. `at`: when it went, or will go, live; `written`: when it was last saved."""

    id: str
    status: str
    link: str
    at: datetime | None
    heard: Answer
    written: datetime | None = None


def stamp(key: str) -> str:
    """Our mark: the slug of the reserved draft, which is exact, and a comment in the text, which stays."""
    return f"galley-{sha256(key.encode()).hexdigest()[:24]}"


def stamped(body: str, key: str) -> str:
    """`body` with the mark inside its first element: a comment on its own would become an empty paragraph."""
    mark, end = f"<!--{stamp(key)}-->", body.find(">") + 1
    return body[:end] + mark + body[end:] if body.startswith("<") else mark + body


async def held(line: Line, parcel: Parcel) -> Item | None:
    """The item of this delivery: by a number we know, else by our mark. None: WordPress surely has none."""
    for id in (str(parcel.progress.get("id", "")), parcel.remote_id):
        if id and (found := await by_id(line, id)):
            return found
    return await by_stamp(line, parcel.key)


async def by_id(line: Line, id: str) -> Item | None:
    try:
        said = await line.read(_one(id), context="edit", _fields=SHOWN)
    except Stopped as stopped:
        if stopped.code == "rest_post_invalid_id":
            return None
        raise
    return item(said.one, said.heard)


async def by_stamp(line: Line, key: str) -> Item | None:
    """Two questions: the slug finds a reserved draft at once, the text also what was published since."""
    mark = stamp(key)
    for question in ({"slug": mark}, {"search": mark, "search_columns": "post_content"}):
        said = await line.read(POSTS, status=ANY, context="edit", per_page="20", _fields=SHOWN, **question)
        if not isinstance(said.json, list):
            raise Stopped(Unknown(f"The list of {line.account.name} could not be read.", said.heard))
        found = [item(row, said.heard) for row in said.many]
        if found:
            return min(found, key=lambda one: STANDING.index(one.status) if one.status in STANDING else len(STANDING))
    return None


async def rewritten(line: Line, found: Item, said: Mapping[str, Any]) -> Item:
    """The one write to a post that exists; the answer says what WordPress made of it."""
    answered = await line.write(_one(found.id), said, _fields=SHOWN)
    return item(answered.one, answered.heard)


def _one(id: str) -> str:
    return f"{POSTS}/{int(id)}" if id.isdecimal() else f"{POSTS}/0"


def item(said: Mapping[str, Any], heard: Answer) -> Item:
    """One item of an answer; one that is no item is nobody's knowledge."""
    id, status, link = Said(said, heard).number, said.get("status"), said.get("link")
    if not isinstance(status, str) or not storable(status):
        raise Stopped(Unknown("WordPress gave an answer that describes no post.", heard))
    url = link if isinstance(link, str) and web_address(link) else ""
    at, written = (moment(f"{said.get(name)}Z") for name in ("date_gmt", "modified_gmt"))
    return Item(str(id), status, url, at, heard, written)


def sighting(found: Item | None) -> Sighting:
    """A draft is not there for readers and may be sent again; what others hid or binned was taken away."""
    if found is None:
        return Absent()
    match found.status:
        case "publish":
            return Published(found.id, found.link, found.at, found.heard)
        case "future" if found.at is not None:
            return HandedOff(found.id, found.link, found.at, found.heard, found.written)
        case "draft":
            return Absent(found.heard)
        case "trash" | "private" | "pending":
            return Removed(found.heard)
    return Unknown(f"Its state there is unclear ({found.status[:40]}).", found.heard)


def gmt(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def fields(parcel: Parcel, html: str, cover: int) -> dict[str, Any]:
    """Everything of the sealed text that a post of WordPress has a place for."""
    content = parcel.content
    return {
        "title": content.title,
        "slug": content.slug,
        "excerpt": content.excerpt,
        "content": stamped(html, parcel.key),
        "featured_media": cover,
    }
