"""The files under static/: read, hashed and zipped once; linked with asset(), served by static_router()."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.settings import ROOT

STATIC = ROOT / "static"
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
A_YEAR = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: its bytes, the same gzipped when that helps, and the start of its SHA-256."""

    body: bytes
    gzipped: bytes
    media_type: str
    version: str


def asset(path: str) -> str:
    """The address of a file under static/, changing with its content; an unknown name raises KeyError."""
    return f"/static/{path}?v={assets()[path].version}"


@cache
def assets() -> Mapping[str, Asset]:
    """Every file of static/ by name."""
    return read_assets(STATIC)


def read_assets(folder: Path) -> Mapping[str, Asset]:
    """Read `folder` alone; style sheets come last, because they carry the versions of the files they name."""
    known: dict[str, Asset] = {}
    files = [file for file in folder.iterdir() if file.is_file()]  # the pictures of README lie one deeper
    for file in sorted(files, key=lambda file: (file.suffix == ".css", file.name)):
        body = file.read_bytes()
        known[file.name] = _asset(file, _with_versions(body, known) if file.suffix == ".css" else body)
    return known


def static_router() -> Router:
    """The public door of static/."""
    return Router("/static", route_handlers=[serve_asset])


@get("/{path:path}", sync_to_thread=False, include_in_schema=False)
def serve_asset(path: FromPath[Path], request: Request[Any, Any, Any]) -> Response[bytes]:
    """Send a file: kept for a year under its own version, asked again under any other address."""
    found = assets().get(path.as_posix().lstrip("/"))
    if found is None:
        raise NotFoundException("There is no such file.")
    headers = _headers(found, asked=request.query_params.get("v"))
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type=found.media_type)
    if found.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
        zipped = {**headers, "Content-Encoding": "gzip"}
        return Response(found.gzipped, headers=zipped, media_type=found.media_type)
    return Response(found.body, headers=headers, media_type=found.media_type)


def _headers(found: Asset, *, asked: str | None) -> dict[str, str]:
    return {
        "Cache-Control": A_YEAR if asked == found.version else ASK_AGAIN,
        "ETag": f'W/"{found.version}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }


def _asset(file: Path, body: bytes) -> Asset:
    worth_it = file.suffix != ".woff2"
    return Asset(
        body=body,
        gzipped=gzip.compress(body, 9, mtime=0) if worth_it else b"",
        media_type=MEDIA_TYPES.get(file.suffix, MediaType.TEXT),
        version=sha256(body).hexdigest()[:8],
    )


def _with_versions(css: bytes, known: Mapping[str, Asset]) -> bytes:
    """Name fonts by version too, so the preload and the style sheet ask for one and the same address."""

    def version(match: re.Match[str]) -> str:
        return f'url("{match[1]}?v={known[match[1]].version}")'

    return re.sub(r'url\("([^":#]+)"\)', version, css.decode()).encode()
