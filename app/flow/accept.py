"""Accept: what programs write, in one transaction each: a new post (perhaps published at once), changes of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from app import content, sql
from app.atomic import atomic
from app.content import Shown, Text
from app.flow import plan, review, schedule
from app.flow.plan import Plan
from app.lifecycles.machine import By
from app.moves import Refused
from app.tables import Post
from app.times import Planned, local

PLANNING = ("keyword", "angle", "brief", "campaign_id", "profiles")
WRITING = ("body", "excerpt", "slug", "captions", "media")
NO_TEXT = "Write a body first."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Cleaned fields by the names of the API; what was not sent is not in `fields`. `media` is Shown pictures."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    draft: bool = True
    scheduled_at: datetime | None = None

    def names(self, *names: str) -> bool:
        """Whether any of those fields was sent."""
        return any(name in self.fields for name in names)


async def create(wanted: Wanted, *, by: By) -> Post:
    """A draft, or a post on its way: created and scheduled in one transaction, or not at all."""
    async with atomic():
        post = await plan.create(await _planned(wanted), by=by)
        if wanted.draft:
            return post
        if post.revision is None:
            raise Refused(NO_TEXT)
        return await schedule.line_up(post, wanted.scheduled_at, by=by)


async def change(post: Post, wanted: Wanted, *, by: By) -> Post:
    """Whatever was sent, by the verbs of the pages; all of it or nothing. `post.version` is what was seen."""
    async with atomic():
        # The title of what is written stands in its text, that of a mere plan in the plan.
        written = post.revision is not None or bool(wanted.fields.get("body"))
        if wanted.names(*PLANNING) or (wanted.names("title") and not written):
            post = await plan.rewrite(post, await _replanned(post, wanted), by=by)
        if written and wanted.names("title", *WRITING):
            post = await review.save(post, await _written(post, wanted), by=by)
        if wanted.names("planned_at", "planned_on"):
            post = await plan.set_time(post, await _when(wanted.fields), by=by)
        if wanted.scheduled_at:
            post = await schedule.reschedule(post, wanted.scheduled_at, by=by)
        return post


async def _planned(wanted: Wanted) -> Plan:
    given = wanted.fields
    text = _text(Text("", ""), given) if given.get("body") else None
    return Plan(
        given.get("title", ""), await _when(given), given.get("keyword", ""), given.get("angle", ""),
        given.get("brief", ""), given.get("campaign_id"), given.get("profiles", ()), text,
    )  # fmt: skip


async def _replanned(post: Post, wanted: Wanted) -> Plan:
    given = wanted.fields
    channels = given["profiles"] if "profiles" in given else await plan.targets(post.id)
    return Plan(
        given.get("title", post.title), Planned(None, None, post.zone, None), given.get("keyword", post.keyword),
        given.get("angle", post.angle), given.get("brief", post.brief), given.get("campaign_id", post.campaign),
        channels,
    )  # fmt: skip


async def _written(post: Post, wanted: Wanted) -> Text:
    return _text(await content.load(post.revision) if post.revision else Text(post.title, ""), wanted.fields)


def _text(before: Text, given: Mapping[str, Any]) -> Text:
    captions: Mapping[int, str] = given.get("captions", {})
    kept = {channel: fields for channel, fields in before.renditions.items() if channel not in captions}
    renditions = kept | {channel: {"text": words} for channel, words in captions.items() if words}
    named = {name: given[name] for name in ("title", "body", "excerpt", "slug") if name in given}
    pictures: tuple[Shown, ...] = given.get("media", before.pictures)
    base = Text(before.title, before.body, before.excerpt, before.slug, renditions, pictures)
    return replace(base, **named)


async def _when(given: Mapping[str, Any]) -> Planned:
    """An instant is told as the team's wall time as well."""
    zone: str = await sql.value("SELECT zone FROM team")
    at: datetime | None = given.get("planned_at")
    on: date | None = given.get("planned_on")
    if at is None:
        return Planned(on, None, zone, None)
    wall = local(at.replace(second=0, microsecond=0), zone)
    return Planned(wall.date(), wall.time(), zone, wall.astimezone(at.tzinfo))
