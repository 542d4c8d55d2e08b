"""How makers store rows; for tests/makers.py."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any, TypeVar

from piccolo.table import Table
from PIL import Image

from app.tables import Blob, Post

R = TypeVar("R", bound=Table)


async def store(table: type[R], values: dict[str, Any], **usual: Any) -> R:
    """A stored row; rows given as values stand for their ids."""
    given = {name: value.id if isinstance(value, Table) else value for name, value in values.items()}
    row = table(**{**usual, **given})
    await row.save()
    return row


async def next_number(table: type[Any], post: Post) -> int:
    return int(await table.count().where(table.post == post.id)) + 1


async def png() -> bytes:
    """The key of a small picture's blob, stored once."""
    file = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "PNG")
    data = file.getvalue()
    blob = Blob(sha256=sha256(data).digest(), bytes=data, size=len(data), mime="image/png")
    await Blob.insert(blob).on_conflict(target=Blob.sha256, action="DO NOTHING")
    return blob.sha256


def now(**later: float) -> datetime:
    return datetime.now(UTC) + timedelta(**later)
