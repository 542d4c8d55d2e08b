"""The tools that write: drafts, their changes, sending to review, asking for a time. None approves or publishes."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import AwareDatetime, Field

from app.agents.access import Asked, ask
from app.agents.reading import Id
from app.agents.shapes import PostLine, Requested
from app.lifecycles.statuses import PostStatus

# Texts are never `str | None`: the SDK would read one that looks like JSON as what it looks like.
Title = Annotated[str, Field(max_length=300)]
Body = Annotated[str, Field(max_length=500_000, description="Markdown, without the title.")]
Excerpt = Annotated[str, Field(max_length=500, description="One or two sentences for lists and feeds.")]
Slug = Annotated[str, Field(max_length=200, description="The end of its address; default: from the title.")]
Profiles = Annotated[list[Id] | None, Field(max_length=50, description="Ids of list_channels; default: all.")]
PlannedAt = Annotated[AwareDatetime | None, Field(description="Planned for this time, with its offset.")]
PlannedOn = Annotated[date | None, Field(description="Planned for this day, without a time.")]
Version = Annotated[int, Field(ge=1, description="The version you read. A newer one on the desk refuses the change.")]
Again = Annotated[str, Field(max_length=255, description="Repeat a call under the same name: it is done once only.")]
# Only what a person approved: a key that may publish unreviewed posts does not do so by an agent's request.
SCHEDULING = {PostStatus.APPROVED.value: "schedule", PostStatus.SCHEDULED.value: "reschedule"}
PLANNED, SCHEDULED = "Planned for that time. It goes out once a person approved it.", "It goes out at that time."


async def draft_post(
    asked: Asked, title: Annotated[str, Field(min_length=1, max_length=300)], body: Body = "",
    excerpt: Excerpt = "", slug: Slug = "",
    keyword: Annotated[str, Field(max_length=200)] = "",
    angle: Annotated[str, Field(max_length=500)] = "",
    brief: Annotated[str, Field(max_length=50_000, description="What a writer shall know.")] = "",
    profiles: Profiles = None, campaign_id: Id | None = None,
    planned_at: PlannedAt = None, planned_on: PlannedOn = None, idempotency_key: Again = "",
) -> PostLine:  # fmt: skip
    """Write a new post. With a body it goes to review, where a person reads it; without one it is a plan. Nothing
    is published by this."""
    fields = {
        "title": title, "body": body, "excerpt": excerpt, "slug": slug, "keyword": keyword, "angle": angle,
        "brief": brief, "profiles": profiles, "campaign_id": campaign_id, "planned_at": planned_at,
        "planned_on": planned_on,
    }  # fmt: skip
    wish = {"post": {"draft": True, **_given(fields)}}
    return PostLine.model_validate(await ask(asked, "POST", "/posts", wish, key=idempotency_key))


async def edit_draft(
    asked: Asked, post_id: Id, version: Version, title: Title = "", body: Body = "", excerpt: Excerpt = "",
    slug: Slug = "", profiles: Profiles = None, campaign_id: Id | None = None,
    planned_at: PlannedAt = None, planned_on: PlannedOn = None,
) -> PostLine:  # fmt: skip
    """Change what a draft says or where it goes; what is left out stays. Earlier versions are kept. Approvals that
    were given for other words end, and what is scheduled or live is refused."""
    fields = _given({
        "title": title, "body": body, "excerpt": excerpt, "slug": slug, "profiles": profiles,
        "campaign_id": campaign_id, "planned_at": planned_at, "planned_on": planned_on,
    })  # fmt: skip
    if not fields:
        raise ToolError("Say what shall change.")
    return await _changed(asked, post_id, version, fields)


async def submit_for_review(asked: Asked, post_id: Id, version: Version) -> PostLine:
    """Send a planned post that has a body to review. A person approves it there; no tool and no key does."""
    return await _moved(asked, post_id, {"name": "submit", "version": version})


async def request_schedule(
    asked: Asked,
    post_id: Id,
    version: Version,
    at: Annotated[AwareDatetime, Field(description="When it shall go out, with its offset.")],
) -> Requested:
    """Ask for the time at which a post shall go out. An approved post is scheduled (or moved) for it, if the key
    may; any other is planned for it and waits for a person's approval. Nothing unapproved is scheduled by this."""
    if at <= datetime.now(UTC):  # the API would take it for now
        raise ToolError("That time has passed. Name one to come.")
    said = await ask(asked, "GET", f"/posts/{post_id}/moves")
    name = SCHEDULING.get(said["editorial_status"])
    if name is None:
        post = await _changed(asked, post_id, version, {"planned_at": at.isoformat()})
        return Requested(scheduled=False, said=PLANNED, post=post)
    post = await _moved(asked, post_id, {"name": name, "version": version, "at": at.isoformat()})
    return Requested(scheduled=True, said=SCHEDULED, post=post)


async def _changed(asked: Asked, post: int, version: int, fields: dict[str, Any]) -> PostLine:
    wish = {"post": {"version": version, **fields}}
    return PostLine.model_validate(await ask(asked, "PATCH", f"/posts/{post}", wish))


async def _moved(asked: Asked, post: int, move: dict[str, Any]) -> PostLine:
    return PostLine.model_validate(await ask(asked, "POST", f"/posts/{post}/moves", move))


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in fields.items() if value not in (None, "")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
