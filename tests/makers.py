"""Valid rows for tests, stored through Piccolo: any post status with all that belongs to it. Test data only."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from hashlib import sha256
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from app import seals
from app.tables import (
    Address,
    Approval,
    Attempt,
    Campaign,
    Channel,
    Delivery,
    Generation,
    Media,
    Person,
    Picture,
    Post,
    PostChannel,
    Publication,
    Revision,
    Seal,
    Team,
)
from tests.rows import next_number, now, png, store

UNWRITTEN = ("awaiting_user_date", "to_be_generated", "generating", "generation_failed", "missed")
DRAFTED = ("text_ready_images_pending", "generated_pending_review", "modified_pending_review")
# What a post that was lined up has behind it: the state of its publication, and of each delivery.
LINED_UP = {
    "scheduled": ("scheduled", "pending"),
    "publishing": ("scheduled", "sending"),
    "published": ("completed", "published"),
    "unpublished": ("completed", "withdrawn"),
    "publish_failed": ("completed", "failed"),
}
PAST = ("missed", "publishing", "published", "unpublished", "publish_failed")
BODY = "Tides come twice a day.\n\n## Why\n\nThe moon pulls the sea."


async def make_team(**values: Any) -> Team:
    """The one team, made or changed to `values`."""
    team = await Team.objects().get_or_create(Team.id == 1, {"name": "Harbour", "zone": "UTC", **values})
    if values:
        await team.update_self(values)
    return team


async def make_person(role: str = "editor", **values: Any) -> Person:
    name = f"{role}-{uuid4().hex[:8]}"
    return await store(Person, values, email=f"{name}@example.com", name=name.title(), role=role)


async def make_campaign(**values: Any) -> Campaign:
    return await store(Campaign, values, title="Spring tides")


async def make_channel(platform: str = "webhook", **values: Any) -> Channel:
    return await store(Channel, values, platform=platform, name=f"{platform.title()} {uuid4().hex[:6]}")


async def make_post(
    status: str = "generated_pending_review",
    *,
    channels: Sequence[Channel] | None = None,
    with_revision: bool | None = None,
    by: Person | None = None,
    **values: Any,
) -> Post:
    """A post in `status` with what the move there would have left: run, revision, seal, vote, deliveries.

    `channels` are its targets (by default one webhook once it was lined up); `by` sealed and approved it;
    `with_revision` gives a text to a status that needs none. Pass `planned_on=None` for "publish now".
    """
    if channels is None:
        channels = [await make_channel()] if status in LINED_UP else []
    values = {**_plan(status, values), **values}
    archived_at = values.pop("archived_at", None)
    post = await store(Post, values, status="generating", title="Tides", zone="UTC")
    for channel in channels:
        await PostChannel(post=post.id, channel=channel.id).save()
    if status not in UNWRITTEN or with_revision:
        await _write(post, status)
    elif status in ("generating", "generation_failed"):
        await make_generation(post, None if status == "generating" else "failed")
    await Post.update({Post.status: status, Post.archived_at: archived_at}).where(Post.id == post.id)
    await post.refresh()
    if status == "approved" or status in LINED_UP:
        await _line_up(post, status, channels, by or await make_person())
    return post


async def make_revision(post: Post, *, body: str = BODY, current: bool = True, **values: Any) -> Revision:
    """The post's next revision; it becomes the current one unless `current` is off."""
    slug = f"tides-{post.id}"
    if not await Address.exists().where(Address.slug == slug):
        await Address(slug=slug, post=post.id).save()
    revision = await store(
        Revision, values, post=post.id, number=await next_number(Revision, post), title=post.title, slug=slug,
        excerpt="Twice a day.", body=body, body_html=f"<p>{body}</p>\n", origin="written",
        body_sha256=sha256(body.encode()).digest(), person=post.author,
    )  # fmt: skip
    if current:
        await post.update_self({Post.revision: revision.id})
    return revision


async def make_generation(post: Post, result: str | None = "drafted", **values: Any) -> Generation:
    """A run that ended with `result`, or an open one."""
    end = {"ended_at": now(), "result": result} if result else {"next_at": now(minutes=1), "stage": "writing"}
    number = await next_number(Generation, post)
    return await store(Generation, values, post=post.id, number=number, writer="outline", **end)


async def make_media(post: Post | None = None, status: str = "processed", **values: Any) -> Media:
    """An image; a processed one has a real PNG behind it."""
    carried: dict[str, Any] = {"next_at": now(minutes=1)} if status == "pending" else {}
    if status == "failed":
        carried = {"error_kind": "unexpected", "error_message": "The illustrator gave up."}
    if status == "processed":
        carried = {"blob": await png(), "width": 8, "height": 8}
    owner = post.id if post else None
    return await store(Media, values, post=owner, status=status, source="drawn", prompt="The sea", **carried)


async def make_picture(revision: Revision, media: Media, position: int = 0, **values: Any) -> Picture:
    return await store(Picture, values, revision=revision.id, media=media.id, position=position, alt="The sea")


async def make_seal(post: Post, *, by: Person | None = None, content: str | None = None, **values: Any) -> Seal:
    """The seal of what the post says now, in a person's name unless `by_kind` says otherwise."""
    text = (await seals.sealable(post.id)).text if content is None else content
    if values.get("by_kind", "person") == "person":
        values = {"by_kind": "person", "person": by or await make_person(), **values}
    return await store(
        Seal, values, post=post.id, revision=post.revision, content=text, digest=sha256(text.encode()).digest()
    )


async def make_approval(post: Post, seal: Seal, by: Person, **values: Any) -> Approval:
    return await store(Approval, values, post=post.id, digest=seal.digest, person=by.id)


async def make_publication(
    post: Post, status: str = "scheduled", *, seal: Seal | None = None, **values: Any
) -> Publication:
    """A run of publishing, due at the post's own time unless told otherwise."""
    seal = seal or await Seal.objects().get((Seal.post == post.id) & Seal.voided_at.is_null())
    seal = seal or await make_seal(post)
    instants = {"completed": "completed_at", "canceled": "canceled_at", "pending": "next_at"}
    carried = {instants[status]: now()} if status in instants else {}
    return await store(
        Publication, values, post=post.id, number=await next_number(Publication, post), kind="create", seal=seal.id,
        status=status, due_at=post.publish_at, **carried,
    )  # fmt: skip


async def make_delivery(publication: Publication, channel: Channel, status: str = "pending", **values: Any) -> Delivery:
    """One publication on one channel with what its status must carry; a sending one has an open attempt."""
    live = {
        "live_seal": publication.seal, "published_at": now(), "remote_id": uuid4().hex,
        "remote_url": f"https://example.com/{uuid4().hex}",
    }  # fmt: skip
    carried: dict[str, dict[str, Any]] = {
        "sending": {"next_at": now(seconds=45)},
        "retrying": {"next_at": now(minutes=1), "error_kind": "rate_limited"},
        "handed_off": {"next_at": now(hours=1), "remote_id": uuid4().hex},
        "published": live,
        "withdrawn": {**live, "removed_at": now()},
        "unconfirmed": {"error_kind": "outcome_unknown", "error_note": "No answer came."},
        "failed": {"error_kind": "unexpected", "error_note": "It answered 418."},
    }
    delivery = await store(
        Delivery, values, publication=publication.id, post=publication.post, channel=channel.id,
        kind=publication.kind, status=status, key=uuid4().hex, **carried.get(status, {}),
    )  # fmt: skip
    if status == "sending":
        await make_attempt(delivery)
    return delivery


async def make_attempt(delivery: Delivery, outcome: str | None = None, **values: Any) -> Attempt:
    """A call of a delivery: open with a lease, or ended with `outcome`."""
    number = await Attempt.count().where(Attempt.delivery == delivery.id) + 1
    end = {"ended_at": now(), "outcome": outcome} if outcome else {}
    return await store(
        Attempt, values, delivery=delivery.id, number=number, intent=delivery.kind, step="send",
        lease_until=now(seconds=45), **end,
    )  # fmt: skip


def _plan(status: str, values: dict[str, Any]) -> dict[str, Any]:
    """Day, time and instant that fit the status and each other."""
    day = None if status == "awaiting_user_date" else now(days=-1 if status in PAST else 1).date()
    day = values.get("planned_on", day)
    hour = values.get("planned_time", time(10) if day and status in LINED_UP else None)
    zone = ZoneInfo(values.get("zone", "UTC"))
    at = datetime.combine(day, hour, zone).astimezone(UTC) if day and hour else None
    return {"planned_on": day, "planned_time": hour, "publish_at": at}


async def _write(post: Post, status: str) -> None:
    """The text a post of this status has, by hand or by a run."""
    if status not in DRAFTED:
        await make_revision(post)
        return
    waiting = status == "text_ready_images_pending"
    run = await make_generation(post, None if waiting else "drafted", images_wanted=int(waiting))
    draft = await make_revision(post, origin="generated", generation=run, person=None)
    await post.update_self({Post.generated_revision: draft.id})
    if waiting:
        await make_picture(draft, await make_media(post, "pending", generation=run))
    if status == "modified_pending_review":
        await make_revision(post, body=f"{BODY}\n\nAnd back.", origin="edited", based_on=draft)


async def _line_up(post: Post, status: str, channels: Sequence[Channel], by: Person) -> None:
    """Seal and vote; then the publication and its deliveries, settled as the status says."""
    seal = await make_seal(post, by=by)
    vote = await make_approval(post, seal, by)
    if status in LINED_UP:
        publication = await make_publication(post, LINED_UP[status][0], seal=seal)
        for channel in channels:
            await make_delivery(publication, channel, LINED_UP[status][1])
    if status == "unpublished":
        await seal.update_self({Seal.voided_at: now()})
        await vote.update_self({Approval.voided_at: now()})
