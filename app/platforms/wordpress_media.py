"""The pictures of a post in a WordPress's library: found, uploaded once, described, put into the text."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.platforms.contract import Content, Parcel, Picture, WentOn
from app.platforms.wordpress_wire import Line

MEDIA = "/media"
FIELDS = "id,slug,source_url,alt_text"
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Held:
    """A picture that the library holds."""

    id: int
    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the library holds of a post's pictures, by SHA-256."""

    held: Mapping[str, Held]

    def cover(self, content: Content) -> int:
        first = next(iter(content.pictures), None)
        return self.held[first.sha256].id if first else 0

    def placed(self, parcel: Parcel) -> str:
        """The text with its pictures' addresses there; what is not ours to upload keeps its public address here."""
        body = parcel.content.body_html
        for picture in parcel.content.pictures:
            if held := self.held.get(picture.sha256):
                for ours in (picture.url, _path(picture)):
                    body = body.replace(f'src="{ours}"', f'src="{html.escape(held.url)}"')
        return body.replace('src="/media/', f'src="{parcel.account.origin}/media/')


async def shelf(line: Line, parcel: Parcel) -> Shelf:
    """The library is asked each time: people tidy it up, and a lost answer may have been an upload."""
    wanted = shown(parcel.content)
    known = {sha: id for sha, id in parcel.uploads.items() if id.isdecimal()}
    held = await _by_id(line, [picture for picture in wanted if picture.sha256 in known], known)
    held |= await _by_slug(line, [picture for picture in wanted if picture.sha256 not in held])
    return Shelf(held)


async def bring(line: Line, parcel: Parcel, on: Shelf) -> WentOn | None:
    """The next thing the library lacks; None when every picture is there and the cover is described."""
    missing = next((picture for picture in shown(parcel.content) if picture.sha256 not in on.held), None)
    if missing is not None:
        return await _upload(line, parcel, missing)
    cover = next(iter(parcel.content.pictures), None)
    if cover and cover.alt and not _alike(on.held[cover.sha256].alt, cover.alt):
        return await _describe(line, parcel, on.held[cover.sha256].id, cover.alt)
    return None


def shown(content: Content) -> list[Picture]:
    """The cover and every picture that the text shows, each once."""
    wanted = [p for at, p in enumerate(content.pictures) if at == 0 or _path(p) in content.body_html]
    return list({picture.sha256: picture for picture in wanted}.values())


def mark(picture: Picture) -> str:
    """The slug under which an upload is found again when its answer was lost."""
    return f"galley-{picture.sha256[:24]}"


async def _by_id(line: Line, pictures: Sequence[Picture], known: Mapping[str, str]) -> dict[str, Held]:
    if not pictures:
        return {}
    numbers = ",".join(known[picture.sha256] for picture in pictures)
    said = await line.read(MEDIA, include=numbers, per_page="100", _fields=FIELDS)
    found = {str(row.get("id")): row for row in said.many}
    return {p.sha256: _held(row) for p in pictures if (row := found.get(known[p.sha256])) and _sound(row)}


async def _by_slug(line: Line, pictures: Sequence[Picture]) -> dict[str, Held]:
    if not pictures:
        return {}
    said = await line.read(MEDIA, slug=",".join(map(mark, pictures)), per_page="100", _fields=FIELDS)
    found = {row.get("slug"): row for row in said.many if _sound(row)}
    return {p.sha256: _held(found[mark(p)]) for p in pictures if mark(p) in found}


async def _upload(line: Line, parcel: Parcel, picture: Picture) -> WentOn:
    """Slug and alt text travel in the address, so that one call does all of it."""
    stem = re.sub(r"[^a-z0-9-]", "", parcel.content.slug.lower())[:60] or "picture"
    name = f"{stem}-{picture.sha256[:8]}.{ENDINGS.get(picture.mime, 'jpg')}"
    headers = {"content-type": picture.mime, "content-disposition": f'attachment; filename="{name}"'}
    said = await line.put(
        MEDIA, picture.bytes, headers, slug=mark(picture), alt_text=picture.alt, title=picture.alt or stem,
        _fields=FIELDS,
    )  # fmt: skip
    return WentOn("upload", {}, said.heard, {picture.sha256: str(said.number)})


async def _describe(line: Line, parcel: Parcel, id: int, alt: str) -> WentOn | None:
    """Once a delivery: WordPress cleans what it is told, so its words may never equal ours."""
    if parcel.progress.get("described") == id:
        return None
    said = await line.write(f"{MEDIA}/{id}", {"alt_text": alt}, _fields=FIELDS)
    return WentOn("describe", {"described": said.number}, said.heard)


def _sound(row: Mapping[str, object]) -> bool:
    return isinstance(row.get("id"), int) and isinstance(row.get("source_url"), str)


def _held(row: Mapping[str, object]) -> Held:
    return Held(int(str(row["id"])), str(row["source_url"]), str(row.get("alt_text") or ""))


def _alike(there: str, here: str) -> bool:
    return " ".join(html.unescape(there).split()) == " ".join(here.split())


def _path(picture: Picture) -> str:
    return urlsplit(picture.url).path
