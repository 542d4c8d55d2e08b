"""The JSON doors of pictures: upload a file, import an address, read one. Each becomes an asset of the product."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, JSONBody, MultipartBody

from app import blobs, sql
from app.api import repeats, shapes
from app.api.answers import Asked, answer
from app.api.wishes import clean_words
from app.flow import imports
from app.images import Bad, Image
from app.settings import settings

UPLOAD_CAP = 25 * 2**20
GONE = "There is no such picture."
ASSET = """
SELECT m.asset_id, m.status, m.alt, coalesce(m.width, 0) AS width, coalesce(m.height, 0) AS height,
  coalesce(b.mime, '') AS mime, m.error_message FROM media m LEFT JOIN blob b ON b.sha256 = m.blob
"""


@dataclass
class Upload:
    """A file of a form: JPEG, PNG, WebP or GIF, at most 20 MB."""

    file: UploadFile
    alt: str = ""


class Import(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture at a public address."""

    url: str
    alt: str = ""


@post("/api/media", status_code=201, request_max_body_size=UPLOAD_CAP, summary="Upload a picture")
async def upload(request: Asked, data: MultipartBody[Upload]) -> Response[shapes.Asset]:
    """It is decoded and written anew, without metadata, its longest side at most 2400 pixels."""
    alt, sent = clean_words("alt", data.alt), await data.file.read()
    image = None if await repeats.known(request) else await blobs.take(sent)
    # Two equal forms differ in their boundaries.
    return await _kept(request, image, alt, "uploaded", said=alt.encode() + b"\n" + sent)


@post("/api/media/imports", status_code=201, summary="Import a picture from its address")
async def import_one(request: Asked, data: JSONBody[Import]) -> Response[shapes.Asset]:
    """Fetched once, now, from public addresses only; never shown from where it came."""
    alt = clean_words("alt", data.alt)
    image = None if await repeats.known(request) else await imports.fetch(data.url)
    return await _kept(request, image, alt, "imported", url=data.url)


@get("/api/media/{asset_id:uuid}", summary="One picture")
async def asset(request: Asked, asset_id: FromPath[UUID]) -> Response[shapes.Asset]:
    found = await sql.row(f"{ASSET} WHERE m.asset_id = $1", asset_id)
    if found is None:
        raise NotFoundException(GONE)
    known = dict(found) | {"asset_id": str(found["asset_id"])}
    return answer(request, shapes.Asset(**known, url=f"{settings().origin}/media/{asset_id}"))


async def _kept(
    request: Asked, image: Image | Bad | None, alt: str, source: str, *, url: str = "", said: bytes | None = None
) -> Response[shapes.Asset]:
    """`image` is None where this was answered before."""
    if isinstance(image, Bad):
        fields = {"url" if source == "imported" else "file": image.note}
        raise HTTPException(status_code=image.status, detail=image.note, extra={"fields": fields})

    async def make() -> shapes.Asset:
        assert image is not None
        media = await imports.keep(image, alt, source=source, by=request.user, url=url)
        address = f"{settings().origin}/media/{media.asset_id}"
        return shapes.Asset(str(media.asset_id), "processed", address, alt, image.width, image.height, image.mime)

    return await repeats.once(request, shapes.Asset, make, status=201, place="/api/media/{0.asset_id}", said=said)
