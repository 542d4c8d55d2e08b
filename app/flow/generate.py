"""Generate: a fenced run from plan to draft. Text commits first, then the pictures, then review."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app import content, seals, sql, writers
from app.atomic import atomic, ring
from app.content import Shown, Text
from app.doorbell import turn
from app.flow import plan, schedule
from app.leases import LEASE, kept
from app.lifecycles.facts import Asked
from app.lifecycles.machine import CLOCK, WORKER, By
from app.lifecycles.statuses import PostStatus
from app.moves import Refused, begin, lock, move
from app.settings import settings
from app.tables import Media, Post
from app.writers.contract import RETRIED, Brief, ChannelBrief, Draft, Failed

TRIES = 3
PATIENCE = (timedelta(seconds=20), timedelta(minutes=2))  # between two tries when the writer names no time
LONGEST = timedelta(hours=1)  # however long a provider asks us to wait


async def start(post: Post, *, by: By, asked: Asked | None = None) -> Post:
    """Open the post's one run; the worker writes."""
    async with atomic():
        fresh = await move(post, "generate", by=by, asked=asked)
        number = await sql.value("SELECT coalesce(max(number), 0) + 1 FROM generation WHERE post = $1", post.id)
        await sql.run(
            "INSERT INTO generation (post, number, asked_by, next_at, writer, stage)"
            " VALUES ($1, $2, $3, now(), $4, $5)",
            post.id, number, by.person, writers.configured(settings()).name, "waiting for the writer",
        )  # fmt: skip
    return fresh


async def stop(post: Post, *, by: By) -> Post:
    """A person stops the run: no draft, nothing charged; what still arrives is kept as a late revision."""
    async with atomic():
        fresh = await move(post, "fail_generation", by=by, note="Stopped by hand.")
        await _end(post.id, "stopped", None, "Stopped by hand.")
    return fresh


async def again(post: Post, *, by: By, asked: Asked, values: Mapping[Any, Any] | None = None) -> Post:
    """Retry in one click: back to the plan (with a new day in `values`) and straight to the writer."""
    async with atomic():
        planned = await move(post, "retry_generation", by=by, asked=replace(asked, chained=True), values=values)
        return await start(planned, by=by)


async def write(post: int) -> None:
    """The worker's job: claim the open run, ask the writer, settle. Harmless when it comes twice or late."""
    run = await _claim(post)
    if run is None:
        return
    if run["tries"] > TRIES:
        await _fail(run, Failed("provider_unavailable", "The writer was interrupted too often."))
        return
    brief = await brief_of(post)
    async with kept("generation", run["id"], run["fence"]):
        answer = await writers.configured(settings()).draft(brief, lambda stage: _say(run["id"], stage))
    await settle(run, answer)


async def settle(run: dict[str, Any], answer: Draft | Failed) -> None:
    """What the writer answered becomes a draft, a later try, or a failure."""
    if isinstance(answer, Draft):
        await _keep(run, answer)
    elif answer.kind in RETRIED and run["tries"] < TRIES:
        await _later(run, answer)
    else:
        await _fail(run, answer)


async def daily() -> int:
    """Begin what is dated today when automatic writing is on; how many were begun."""
    found = await sql.rows(
        "SELECT p.id FROM post p CROSS JOIN team t WHERE p.status = $1 AND p.archived_at IS NULL AND t.generation_on"
        " AND p.planned_on = (now() AT TIME ZONE t.zone)::date AND (now() AT TIME ZONE t.zone)::time >= t.generate_at"
        " AND (p.revision IS NULL OR p.generated_revision IS NOT NULL)"
        " AND EXISTS (SELECT 1 FROM post_channel x JOIN channel c ON c.id = x.channel"
        " WHERE x.post = p.id AND c.disconnected_at IS NULL) ORDER BY p.id LIMIT 50",
        PostStatus.PLANNED,
    )
    begun = 0
    for record in found:
        begun += await _start_by_clock(record["id"])
    return begun


async def sweep() -> None:
    """Ring for every run and picture whose time to be looked at has come."""
    async with atomic():
        for table, job in (("generation", "write"), ("media", "draw")):
            for found in await sql.rows(
                f"SELECT DISTINCT post FROM {table} WHERE next_at <= now() LIMIT 100"  # noqa: S608
            ):
                ring(job, found["post"], turn())


async def brief_of(post: int) -> Brief:
    """All the writer may know of a post, from its plan, campaign, team and channels."""
    known = await sql.row(
        "SELECT p.title, p.keyword, p.angle, p.brief, coalesce(c.title, '') AS campaign,"
        " coalesce(c.brief, '') AS campaign_brief, t.name AS team, coalesce(t.settings->>'outline', '') AS outline"
        " FROM post p CROSS JOIN team t LEFT JOIN campaign c ON c.id = p.campaign WHERE p.id = $1",
        post,
    )
    return Brief(**dict(known or {}), captions=await _captions(post))


async def _captions(post: int) -> tuple[ChannelBrief, ...]:
    found = [(channel, seals.traits(channel)) for channel in await seals.channels(post)]
    return tuple(
        ChannelBrief(channel.id, channel.name, channel.platform, traits.caption_limit)
        for channel, traits in found
        if traits.caption
    )


async def _claim(post: int) -> dict[str, Any] | None:
    """Take the open run under a new fence and lease; None when nobody has to write now."""
    claimed = await sql.row(
        "UPDATE generation SET fence = fence + 1, tries = tries + 1, next_at = now() + $2::interval"
        " WHERE post = $1 AND ended_at IS NULL AND next_at <= now() RETURNING id, post, fence, tries, number",
        post, LEASE,
    )  # fmt: skip
    return dict(claimed) if claimed else None


async def _say(run: int, stage: str) -> None:
    await sql.run("UPDATE generation SET stage = $2 WHERE id = $1 AND ended_at IS NULL", run, stage)


async def _keep(run: dict[str, Any], draft: Draft) -> None:
    """The words, their pictures to come and the charge: one commit. A stopped run's draft is kept aside."""
    async with atomic():
        await lock(run["post"])
        post = await plan.load(run["post"])
        text = Text(draft.title, draft.body, draft.excerpt, renditions=_renditions(draft))
        if not await _end(run["post"], "drafted", run["fence"], "", draft):
            await content.add(post.id, text, origin="late", by=WORKER)
            return
        pictures = await _wish(post.id, run["id"], draft)
        revision = await content.add(
            post.id, replace(text, pictures=pictures), origin="generated", by=WORKER, generation=run["id"],
            based_on=post.revision,
        )  # fmt: skip
        await _charge(run["id"])
        name = "text_ready" if pictures else "finish"
        values = {Post.revision: revision, Post.generated_revision: revision, Post.title: draft.title}
        fresh = await move(post, name, by=WORKER, values=values)
        if not pictures:
            await schedule.follow_draft(fresh)


async def _wish(post: int, run: int, draft: Draft) -> tuple[Shown, ...]:
    """A pending picture for each wish of the draft; the illustrator catches up."""
    rows = [
        await begin(
            Media, by=WORKER,
            values={"post": post, "generation": run, "source": "drawn", "prompt": wish.prompt, "alt": wish.alt,
                    "next_at": await sql.value("SELECT now()")},
        )
        for wish in draft.images
    ]  # fmt: skip
    return tuple(Shown(row.id, wish.alt) for row, wish in zip(rows, draft.images, strict=True))


async def _charge(run: int) -> None:
    await sql.run(
        "INSERT INTO charge (generation, month) SELECT $1, date_trunc('month', now() AT TIME ZONE zone)::date"
        " FROM team ON CONFLICT DO NOTHING",
        run,
    )


async def _later(run: dict[str, Any], failed: Failed) -> None:
    wait = PATIENCE[min(run["tries"], len(PATIENCE)) - 1]
    await sql.run(
        "UPDATE generation SET next_at = least(greatest(coalesce($3, now() + $4::interval), now()),"
        " now() + $8::interval), stage = $5, error_kind = $6, error_note = $7"
        " WHERE id = $1 AND fence = $2 AND ended_at IS NULL",
        run["id"], run["fence"], failed.retry_at, wait,
        f"waiting: the writer is busy, attempt {run['tries'] + 1} of {TRIES} follows", failed.kind, failed.note,
        LONGEST,
    )  # fmt: skip


async def _fail(run: dict[str, Any], failed: Failed) -> None:
    async with atomic():
        await lock(run["post"])
        if await _end(run["post"], "failed", run["fence"], failed.note, kind=failed.kind):
            post = await plan.load(run["post"])
            await move(post, "fail_generation", by=WORKER, note=failed.note, told={"kind": failed.kind})


async def _end(
    post: int, result: str, fence: int | None, note: str, draft: Draft | None = None, kind: str = ""
) -> bool:
    """Close the open run; False when it was stopped, or taken by another worker, meanwhile."""
    ended = await sql.run(
        "UPDATE generation SET ended_at = now(), next_at = NULL, result = $2, error_note = $4, error_kind = $5,"
        " model = $6, tokens_in = $7, tokens_out = $8, images_wanted = $9"
        " WHERE post = $1 AND ended_at IS NULL AND ($3::int IS NULL OR fence = $3)",
        post, result, fence, note or None, kind or None, draft.model if draft else None,
        draft.tokens_in if draft else None, draft.tokens_out if draft else None, len(draft.images) if draft else 0,
    )  # fmt: skip
    return ended == 1


async def _start_by_clock(post: int) -> int:
    try:
        await start(await plan.load(post), by=CLOCK)
    except Refused:
        return 0
    return 1


def _renditions(draft: Draft) -> dict[int, dict[str, str]]:
    return {channel: {"text": text} for channel, text in draft.captions.items() if text.strip()}
