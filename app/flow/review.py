"""Review: read, edit, approve what was seen, reject with a reason, change one's mind, back to editing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app import content, moves, seals
from app import facts as fact_sheet
from app.atomic import atomic
from app.content import Revision, Shown, Text
from app.flow import plan, runs, schedule, votes
from app.lifecycles.facts import Asked, PostFacts
from app.lifecycles.guards import missing
from app.lifecycles.machine import By
from app.lifecycles.post import FREELY_EDITED, PLANS, REVIEW
from app.lifecycles.statuses import MediaStatus, PostStatus
from app.moves import IllegalMove, Refused, lock, move, touch
from app.tables import Post

RENDITIONS_ONLY = "Something is or may be live: only texts and pictures of channels that are not can change."


class SealChanged(Refused):
    """What would be sealed is not what the reviewer saw; the page shows the difference."""

    def __init__(self) -> None:
        super().__init__("The text changed after you opened it. Read it again, then approve.")


@dataclass(frozen=True, slots=True)
class Vote:
    """What an approval did: the post as it is now, and whether votes are still missing."""

    post: Post
    missing: int


async def submit(post: Post, text: Text | None, *, by: By) -> Post:
    """A body written by hand goes to review."""
    async with atomic():
        await lock(post.id)
        given = text if text and text.body.strip() else None
        revision = await content.add(post.id, given, origin="written", by=by) if given else post.revision
        values = {Post.revision: revision, Post.title: given.title if given else post.title}
        return await move(post, "submit", by=by, asked=Asked(body=bool(given) or None), values=values)


async def write(post: Post, text: Text, *, by: By) -> Post:
    """A draft typed into a plan: kept as a revision; automatic writing then leaves the post alone."""
    async with atomic():
        await lock(post.id)
        revision = await content.add(post.id, text, origin="written", by=by, based_on=post.revision)
        values = {Post.revision: revision, Post.generated_revision: None, Post.title: text.title}
        return await touch(post, "write", by=by, values=values)


async def save(post: Post, text: Text, *, by: By) -> Post:
    """Save the editor's text wherever this status lets it be edited; the same text changes nothing."""
    async with atomic():
        await lock(post.id)
        before = await content.load(post.revision) if post.revision else None
        text = _addressed(text, before)
        if before and content.same(before, text):
            return post
        if post.status in PLANS:
            return await write(post, text, by=by)
        if post.status == PostStatus.APPROVED:
            post = await schedule.reopened(post, by=by)
        if post.status in REVIEW:
            return await _edit(post, text, by=by)
        return await _revise(post, text, before, by=by)


async def replanned(post: Post, wanted: plan.Plan, *, by: By) -> Post:
    """The plan's words and channels, and for a draft the new title as an edit of its text: all or nothing."""
    async with atomic():
        fresh = await plan.rewrite(post, wanted, by=by)
        if fresh.revision is None or fresh.title == wanted.title:
            return fresh
        before = await content.load(fresh.revision)
        return await save(fresh, replace(_with(before, before.pictures), title=wanted.title), by=by)


async def approve(post: Post, digest: bytes, *, by: By, ahead: bool = True, guest: str = "") -> Vote:
    """One person's vote for exactly what they saw; the last one needed seals and approves.

    `ahead`: afterwards follow the team's mode (approving a post with a future time schedules it).
    `guest`: who read and approved it in this editor's name, by a guest link.
    """
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        line = moves.line(post, "approve", facts.status, by)
        moves.demand(line, facts, by)
        what = await _as_seen(post, facts, digest)
        if left := await votes.cast(post.id, what.digest, facts.needed, by=by, guest=guest):
            return Vote(post, left)
        await seals.seal(post.id, what, by=by)
        told = {"digest": what.digest.hex(), **votes.told_of(guest)}
        fresh = await move(post, "approve", by=by, note=votes.note_of(guest), told=told)
        return Vote(await schedule.follow_approval(fresh, by=by) if ahead else fresh, 0)


async def approve_and_send(post: Post, digest: bytes, at: datetime | None, *, by: By) -> Post:
    """The chain of one click: approve, then schedule (or publish now); when either is refused, neither happens."""
    async with atomic():
        vote = await approve(post, digest, by=by, ahead=False)
        if vote.missing:
            raise Refused(missing(await fact_sheet.of(post.id), by))
        return await schedule.line_up(vote.post, at, by=by)


async def reject(post: Post, reason: str, *, by: By) -> Post:
    async with atomic():
        fresh = await move(post, "reject", by=by, asked=Asked(note=reason), note=reason)
        await seals.void(post.id)
    return fresh


async def go_without_pictures(post: Post, *, by: By) -> Post:
    """To review without what is still being drawn or failed; what arrives later goes to the library."""
    async with atomic():
        await lock(post.id)
        if post.revision is None:
            raise IllegalMove("There is no text yet.")
        before = await content.load(post.revision)
        ready = tuple(picture for picture in before.pictures if picture.status == MediaStatus.PROCESSED)
        revision = await content.add(post.id, _with(before, ready), origin="edited", by=by, based_on=before.id)
        return await schedule.follow_draft(await move(post, "finish", by=by, values={Post.revision: revision}))


async def restore(post: Post, *, by: By) -> Post:
    return await move(post, "restore", by=by)


async def reopen(post: Post, *, by: By, note: str = "") -> Post:
    return await schedule.reopen(post, by=by, note=note)


async def replan(post: Post, values: Mapping[Any, Any], asked: Asked, *, by: By) -> Post:
    """Plan it again: the draft stays as a revision, votes and seal are void, and the next draft may replace it."""
    async with atomic():
        replaceable = {Post.generated_revision: post.generated_revision or post.revision}
        fresh = await move(post, "replan", by=by, asked=asked, values={**replaceable, **values})
        await seals.void(post.id)
    return fresh


async def accept(post: Post, note: str, *, by: By) -> Post:
    """Good as it is: the channels that failed leave the targets, with the reason."""
    async with atomic():
        fresh = await move(post, "accept", by=by, note=note)
        await runs.reinstate(post.id)
        live = [target.channel for target in (await fact_sheet.of(post.id)).live]
        await plan.aim(post.id, live)
    return fresh


async def _edit(post: Post, text: Text, *, by: By) -> Post:
    revision = await content.add(post.id, text, origin="edited", by=by, based_on=post.revision)
    values = {Post.revision: revision, Post.title: text.title}
    fresh = await move(post, "edit", by=by, asked=Asked(changed=True), values=values)
    await seals.void(post.id)
    return fresh


async def _revise(post: Post, text: Text, before: Revision | None, *, by: By) -> Post:
    """Editing that changes no status: published (needs re-sync), unpublished (free), failed (what is not live)."""
    facts = await fact_sheet.of(post.id)
    if post.status not in (*FREELY_EDITED, PostStatus.PUBLISH_FAILED):
        raise Refused("It cannot be edited in this state.")
    there = {target.channel for target in (*facts.live, *facts.unconfirmed)}
    touches = before is None or _words(text, there) != _words(before, there)
    if post.status == PostStatus.PUBLISH_FAILED and there and touches:
        raise Refused(RENDITIONS_ONLY)
    revision = await content.add(post.id, text, origin="edited", by=by, based_on=post.revision)
    fresh = await touch(post, "revise", by=by, values={Post.revision: revision, Post.title: text.title})
    await seals.void(post.id)
    return fresh


def _words(text: Text, channels: set[int]) -> tuple[Any, ...]:
    """What those channels have of it, pictures aside."""
    renditions = {channel: dict(fields) for channel, fields in text.renditions.items() if channel in channels}
    return text.title, text.slug, text.body, text.excerpt, renditions


def _with(before: Text, pictures: tuple[Shown, ...]) -> Text:
    return Text(before.title, before.body, before.excerpt, before.slug, before.renditions, pictures)


def _addressed(text: Text, before: Revision | None) -> Text:
    """A text without an address of its own keeps the one it has."""
    return replace(text, slug=before.slug) if before and not text.slug else text


async def _as_seen(post: Post, facts: PostFacts, digest: bytes) -> seals.Sealable:
    if facts.version != post.version:
        raise moves.MovedMeanwhile
    what = await seals.sealable(post.id)
    if what.digest != digest:
        raise SealChanged
    return what
