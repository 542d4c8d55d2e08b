"""What the API answers: seed 002's names and layers, as documented types. Filled by app/api/posts_query.py."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Status = Literal["draft", "pending", "scheduled", "completed", "canceled"]
DeliveryResult = Literal["pending", "published", "failed"]
MediaStatus = Literal["pending", "processed", "failed"]
Scheduled = Annotated[datetime | None, Meta(description="When it goes out, UTC; null for a draft, or for now.")]


class Failure(msgspec.Struct, frozen=True):
    """Why a delivery ended unsuccessfully, or was put off."""

    kind: Annotated[str, Meta(description="One of the typed error kinds, such as `expired_token`.")]
    message: str


class DeliveryView(msgspec.Struct, frozen=True):
    """The newest delivery of one profile."""

    id: int
    profile_id: int
    provider: Annotated[str, Meta(description="The platform of the profile.")]
    status: DeliveryResult
    detail: Annotated[str, Meta(description="The finer state inside `status`, such as `handed_off` or `retrying`.")]
    url: str | None
    remote_id: str | None
    published_at: datetime | None
    removed_at: datetime | None
    next_attempt_at: datetime | None
    error: Failure | None


class MediaView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One picture of a post, owned by Galley."""

    status: MediaStatus
    asset_id: str
    url: str
    alt: str
    error_message: str | None = None


class PostView(msgspec.Struct, frozen=True):
    """One post with its three layers: `status`, `deliveries[].status` and `media[].status`."""

    id: int
    version: Annotated[int, Meta(description="Send it back with every change: as `version` or in If-Match.")]
    status: Annotated[Status, Meta(description="The workflow. `completed` says nothing about success.")]
    editorial_status: Annotated[str, Meta(description="One of the 15 statuses of the desk.")]
    title: str
    keyword: str
    angle: str
    brief: str
    slug: str
    excerpt: str
    body: str
    captions: Annotated[dict[str, str], Meta(description="Texts of their own, by profile id.")]
    profiles: list[int]
    campaign_id: int | None
    scheduled_at: Scheduled
    planned_at: Annotated[datetime | None, Meta(description="When it is planned for, before anything is scheduled.")]
    planned_on: date | None
    canceled_at: datetime | None
    cancel_requested_at: Annotated[datetime | None, Meta(description="A platform is being asked to cancel it.")]
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    url: Annotated[str, Meta(description="Its page on the desk.")]
    media: list[MediaView]
    deliveries: list[DeliveryView]


class PostPage(msgspec.Struct, frozen=True):
    """Posts, the last changed first; `next` is the address of the page after this one."""

    posts: list[PostView]
    next: str | None


class OpenMove(msgspec.Struct, frozen=True):
    """One line of the lifecycle as it stands for this post and this key."""

    name: str
    label: str
    open: bool
    why_not: Annotated[str | None, Meta(description="Why it is closed now, in one sentence.")]
    fields: Annotated[list[str], Meta(description="What else to send with it.")]


class Moves(msgspec.Struct, frozen=True):
    id: int
    version: int
    editorial_status: str
    moves: list[OpenMove]


class Revision(msgspec.Struct, frozen=True):
    """An immutable snapshot of a post's words; the highest number is the newest."""

    id: int
    number: int
    origin: str
    title: str
    slug: str
    excerpt: str
    body: str
    created_at: datetime


class RevisionPage(msgspec.Struct, frozen=True):
    revisions: list[Revision]
    next: str | None


class Profile(msgspec.Struct, frozen=True):
    """A connected channel; read-only."""

    id: int
    name: str
    provider: str
    connected: bool
    healthy: bool
    problem: str | None


class Profiles(msgspec.Struct, frozen=True):
    profiles: list[Profile]


class Asset(msgspec.Struct, frozen=True):
    """A picture that the product owns; name its `asset_id` in a post's `media`."""

    asset_id: str
    status: MediaStatus
    url: str
    alt: str
    width: int
    height: int
    mime: str
    error_message: str | None = None


class Quota(msgspec.Struct, frozen=True):
    """Generations of this month; `limit` null means as many as you like."""

    month: str
    used: int
    limit: int | None
    left: int | None


class State(msgspec.Struct, frozen=True):
    """One of the 15 editorial statuses."""

    name: str
    label: str
    group: str
    meaning: str


class Line(msgspec.Struct, frozen=True):
    """One line of the strict table: who may move a post from where to where."""

    name: str
    sources: list[str]
    targets: list[str]
    role: Annotated[str, Meta(description="The least role of a person; empty: no person does this.")]
    scope: Annotated[str, Meta(description="The scope a key needs; empty: no key may.")]
    by_itself: list[str]
    meaning: str


class Lifecycle(msgspec.Struct, frozen=True):
    states: list[State]
    moves: list[Line]
