"""Draw: each picture alone, so that one that fails or hangs never touches the words."""

from datetime import timedelta
from typing import Any

import msgspec

from app import blobs, illustrators, images, sql
from app.atomic import atomic
from app.blobs import StoreTrouble
from app.flow import plan, schedule
from app.illustrators.contract import Drawn, Failed, Wish
from app.images import Bad
from app.leases import LEASE, kept
from app.lifecycles.facts import Asked
from app.lifecycles.machine import WORKER, By
from app.lifecycles.post import PLANS
from app.lifecycles.statuses import MediaStatus, PostStatus
from app.moves import lock, move, touch
from app.settings import settings
from app.tables import Media, Post
from app.writers.contract import RETRIED

TRIES = 3
COLOURS = ("ink", "paper", "accent")
WAIT = timedelta(seconds=20)


async def draw(post: int) -> None:
    """The worker's job: draw every picture of the post that waits, one claim each."""
    while claimed := await _claim(post):
        async with kept("media", claimed["id"], claimed["fence"]):
            answer = await _draw(claimed)
        await settle(claimed, answer)


async def settle(claimed: dict[str, Any], answer: images.Image | Failed) -> None:
    """A picture is stored, tried again later, or failed for good; the last one sends the post to review."""
    if isinstance(answer, Failed) and answer.kind in RETRIED and claimed["tries"] < TRIES:
        await _later(claimed, answer)
        return
    async with atomic():
        await lock(claimed["post"])
        media = await _still_ours(claimed)
        if media is None:
            return
        if isinstance(answer, Failed):
            told = {Media.error_kind: answer.kind, Media.error_message: answer.note, Media.next_at: None}
            await move(media, "fail", by=WORKER, values=told)
        else:
            await store(media, answer, by=WORKER)
        await _arrived(media)


async def store(media: Media, image: images.Image, *, by: By) -> Media:
    """Keep the file once, whoever else has the same, and call the picture ready."""
    await blobs.keep(image)
    values = {
        Media.blob: bytes.fromhex(image.sha256),
        Media.width: image.width,
        Media.height: image.height,
        Media.next_at: None,
    }
    return await move(media, "store", by=by, values=values)


async def _arrived(media: Media) -> None:
    """Attach nothing late: only a picture of the current revision counts for the post."""
    post = await plan.load(media.post)
    shown = await sql.value("SELECT 1 FROM picture WHERE revision = $1 AND media = $2", post.revision, media.id)
    if not shown:
        return
    if post.status == PostStatus.TEXT_READY:
        if not await _waiting(post):
            await schedule.follow_draft(await move(post, "finish", by=WORKER, asked=Asked()))
    elif post.status not in (*PLANS, PostStatus.GENERATING):
        await touch(post, "picture", by=WORKER, values={})


async def _waiting(post: Post) -> bool:
    found = await sql.value(
        "SELECT 1 FROM picture p JOIN media m ON m.id = p.media WHERE p.revision = $1 AND m.status = $2 LIMIT 1",
        post.revision, MediaStatus.PENDING,
    )  # fmt: skip
    return bool(found)


async def _claim(post: int) -> dict[str, Any] | None:
    claimed = await sql.row(
        "UPDATE media SET fence = fence + 1, tries = tries + 1, next_at = now() + $2::interval WHERE id ="
        " (SELECT id FROM media WHERE post = $1 AND next_at <= now() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, post, fence, tries, prompt",
        post, LEASE,
    )  # fmt: skip
    return dict(claimed) if claimed else None


async def _draw(claimed: dict[str, Any]) -> images.Image | Failed:
    """Ask the illustrator, then take what it made like any stranger's file; a store that is away has it drawn again."""
    if claimed["tries"] > TRIES:
        return Failed("refused", "The drawing was interrupted too often.")
    answer = await illustrators.configured(settings()).draw(await _wish(claimed))
    if isinstance(answer, Failed):
        return answer
    assert isinstance(answer, Drawn)
    try:
        image = await blobs.take(answer.bytes)
    except StoreTrouble as trouble:
        return Failed("provider_unavailable", str(trouble))
    return Failed("incomplete_output", image.note) if isinstance(image, Bad) else image


async def _wish(claimed: dict[str, Any]) -> Wish:
    known = await sql.row(
        "SELECT p.title, t.name AS team, t.settings FROM post p CROSS JOIN team t WHERE p.id = $1", claimed["post"]
    )
    assert known is not None
    colours = {k: v for k, v in msgspec.json.decode(known["settings"]).items() if k in COLOURS and v}
    return Wish(claimed["prompt"] or known["title"], known["title"], known["team"], **colours)


async def _still_ours(claimed: dict[str, Any]) -> Media | None:
    media = await Media.objects().where((Media.id == claimed["id"]) & (Media.fence == claimed["fence"])).first()
    return media if media is not None and media.next_at is not None else None


async def _later(claimed: dict[str, Any], failed: Failed) -> None:
    await sql.run(
        "UPDATE media SET next_at = greatest(coalesce($3, now() + $4::interval), now()) WHERE id = $1 AND fence = $2"
        " AND next_at IS NOT NULL",
        claimed["id"], claimed["fence"], failed.retry_at, WAIT,
    )  # fmt: skip
