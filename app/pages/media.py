"""Finished pictures for everybody who has their address: browsers, feed readers, and platforms that fetch them."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import blobs
from app.blobs import ENDINGS, WIDTHS, File
from app.public import matches

LOCKED = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
FOR_EVER = "public, max-age=31536000, immutable"
SIZES = {str(width): width for width in WIDTHS}
FOR_NOW = "public, max-age=60"  # a copy could not be made just now


@get("/media/{asset_id:str}")
async def media(asset_id: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """The file, or with `?w=` a copy in one of our widths; its type and name are ours, whatever was uploaded."""
    asset, width = _asset(asset_id), _width(request)
    file = await _file(asset, width)
    name = f'inline; filename="{asset}.{ENDINGS[file.mime]}"'
    kept = FOR_EVER if width is None or file.width <= width else FOR_NOW
    headers = {**LOCKED, "Cache-Control": kept, "ETag": f'"{file.digest}"', "Content-Disposition": name}
    if matches(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(b"", status_code=304, headers=headers)
    return Response(await blobs.opened(file), media_type=file.mime, headers=headers)


async def _file(asset: UUID | None, width: int | None) -> File:
    if asset is not None:
        found = await (blobs.of_asset(asset) if width is None else blobs.at_width(asset, width))
        if found is not None and found.mime in ENDINGS:
            return found
    raise NotFoundException("There is no such picture.")


def _width(request: Request[Any, Any, Any]) -> int | None:
    """None: as it is. A width that is none of ours would make a copy for everybody who can count."""
    asked = request.query_params.get("w")
    if asked is None:
        return None
    if asked not in SIZES:
        raise NotFoundException(f"There are copies {', '.join(SIZES)} pixels wide, and no others.")
    return SIZES[asked]


def _asset(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
