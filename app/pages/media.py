"""Finished pictures for everybody who has their address: browsers, feed readers, and platforms that fetch them."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import sql
from app.public import matches

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
LOCKED = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=31536000, immutable",
}
FILE = "SELECT b.sha256, b.mime, b.bytes FROM media m JOIN blob b ON b.sha256 = m.blob WHERE m.asset_id = $1"


@get("/media/{asset_id:str}")
async def media(asset_id: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """The file; its type and name are ours, whatever was uploaded."""
    asset = _asset(asset_id)
    found = await sql.row(FILE, asset) if asset else None
    if found is None or found["bytes"] is None or found["mime"] not in ENDINGS:
        raise NotFoundException("There is no such picture.")
    name = f'inline; filename="{asset}.{ENDINGS[found["mime"]]}"'
    headers = {**LOCKED, "ETag": f'"{found["sha256"].hex()}"', "Content-Disposition": name}
    if matches(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(b"", status_code=304, headers=headers)
    return Response(found["bytes"], media_type=found["mime"], headers=headers)


def _asset(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
