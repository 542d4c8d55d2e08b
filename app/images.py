"""Pictures from outside, decoded and written anew by a fenced-in child: no sent byte is ever served."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from app.settings import ROOT

MOST_BYTES = 20_000_000
WALL_SECONDS = 8.0
NEEDED = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")  # some hosts keep Python itself behind these
AT_ONCE = asyncio.Semaphore(2)  # a child may take 512 MB


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as we made it: upright, without metadata, its longest side at most 2400 pixels."""

    bytes: bytes
    mime: str
    width: int
    height: int
    sha256: str
    key: str = ""  # where the object store has it by now; empty: it is to be kept in PostgreSQL


@dataclass(frozen=True, slots=True)
class Bad:
    """Not taken. `status` is the HTTP status to answer (413, 415, 422); `note` says what to do."""

    status: int
    note: str


NOT_A_PICTURE = Bad(415, "This is not a JPEG, PNG, WebP or GIF picture. Save it as one of these and try again.")
TOO_HEAVY = Bad(413, "The picture is larger than 20 MB. Save a smaller copy and try again.")
TOO_COMPLEX = Bad(422, "The picture took too long to open. Save it again in an image editor and try that copy.")
EMPTY = Bad(422, "The file is empty. Choose it again.")


async def reencode(data: bytes) -> Image | Bad:
    """`data` decoded and encoded again, or why not. Takes at most 8 s once a child is free."""
    if not data:
        return EMPTY
    if len(data) > MOST_BYTES:
        return TOO_HEAVY
    if sniff(data) is None:
        return NOT_A_PICTURE
    async with AT_ONCE:
        return _understood(await _asked(data))


async def narrowed(data: bytes, width: int) -> Image | Bad:
    """A picture of ours at most `width` pixels wide, for pages."""
    async with AT_ONCE:
        return _understood(await _asked(data, "narrow", str(width)))


async def lightened(data: bytes, most: int) -> Image | Bad:
    """A picture of ours in at most `most` bytes, as large and as good as that allows."""
    async with AT_ONCE:
        return _understood(await _asked(data, "lighten", str(most)))


def sniff(data: bytes) -> str | None:
    """Pillow's name of the format the first bytes promise; None for anything we do not take."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


async def _asked(data: bytes, *wish: str) -> bytes:
    """What the child wrote; empty when it died or ran out of time. It is given no secrets."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.image_child", *wish,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT, env={name: os.environ[name] for name in NEEDED if name in os.environ},
    )  # fmt: skip
    try:
        async with asyncio.timeout(WALL_SECONDS):
            written, _ = await child.communicate(data)
    except TimeoutError:
        return b""
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    return written


def _understood(written: bytes) -> Image | Bad:
    head, newline, encoded = written.partition(b"\n")
    if not newline:
        return TOO_COMPLEX
    said = json.loads(head)
    if "status" in said:
        return Bad(said["status"], said["note"])
    return Image(encoded, said["mime"], said["width"], said["height"], sha256(encoded).hexdigest())
