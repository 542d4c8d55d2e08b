"""Pictures that programs bring: fetched or sent, made our own, and kept in the library until a post shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app import blobs, images, moves, sql
from app.atomic import atomic
from app.flow import draw
from app.images import Bad, Image
from app.lifecycles.machine import WORKER, By
from app.lifecycles.statuses import MediaStatus
from app.safe_http import MEDIA_CAP, Call, Failure, Reply, send
from app.tables import Media

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture of the library as its asset id finds it."""

    id: int
    status: str


async def fetch(url: str) -> Image | Bad:
    """The picture at a public address, made our own; nothing shows it yet. Raises StoreTrouble."""
    reply = await send(Call("GET", url, {"accept": "image/*"}, seconds=SECONDS, cap=MEDIA_CAP))
    match reply:
        case Failure():
            return Bad(422, images.TOO_HEAVY.note if reply.reason == "too_large" else reply.note)
        case Reply() if not reply.ok:
            return Bad(422, f"This address answers {reply.status}.")
    taken = await blobs.take(reply.body)
    return Bad(422, taken.note) if isinstance(taken, Bad) else taken  # what was sent to us was only an address


async def keep(image: Image, alt: str, *, source: str, by: By, url: str = "") -> Media:
    """Into the library; `source` is uploaded or imported."""
    async with atomic():
        now = await sql.value("SELECT now()")
        values = {"post": None, "source": source, "source_url": url or None, "alt": alt, "next_at": now}
        media = await moves.begin(Media, by=by, values=values)
        return await draw.store(media, image, by=WORKER)


async def find(assets: Sequence[UUID]) -> dict[UUID, Kept]:
    """Pictures that a post may show, by their asset ids."""
    found = await sql.rows(
        "SELECT id, asset_id, status FROM media WHERE asset_id = ANY($1::uuid[]) AND status <> $2",
        list(assets), MediaStatus.FAILED,
    )  # fmt: skip
    return {UUID(str(record["asset_id"])): Kept(record["id"], record["status"]) for record in found}
