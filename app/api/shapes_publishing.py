"""What the API answers about publishing: its log and its health, as documented types. Filled by logs and health."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Result = Literal[
    "queued", "handed_over", "published", "failed", "not_confirmed", "taken_down", "held", "canceled"
]  # fmt: skip
Event = Literal[
    "queued", "scheduled", "retried", "changes_queued", "handed_over", "published", "changes_published", "failed",
    "not_there", "not_confirmed", "taken_down", "held", "canceled",
]  # fmt: skip
ProfileState = Literal["connected", "not_working", "paused"]
Actor = Literal["person", "key", "worker", "clock", "platform"]


Code = Literal[
    "publisher_missing", "frozen", "profile_not_working", "profile_paused", "late", "held", "not_confirmed",
    "failed_lately", "forecast_red", "breaches", "clocks_apart", "indexnow_refused",
]  # fmt: skip


class LogAttempt(msgspec.Struct, frozen=True):
    """One call to a platform, written down before and after it was made."""

    number: int
    intent: Annotated[str, Meta(description="What was asked for, such as `create`, `update` or `remove`.")]
    outcome: Annotated[str | None, Meta(description="What came of it; null while it is open.")]
    http_status: int | None
    answer: Annotated[str | None, Meta(description="The beginning of what the platform answered.")]
    why: Annotated[str | None, Meta(description="What that means, in one sentence.")]
    next_action: Annotated[str | None, Meta(description="What follows by itself.")]
    late_answer: Annotated[str | None, Meta(description="What came after we had stopped waiting.")]
    began_at: datetime
    ended_at: datetime | None


class LogProfile(msgspec.Struct, frozen=True):
    """A channel that an entry is about."""

    id: int
    name: str
    provider: str


class LogEntry(msgspec.Struct, frozen=True):
    """One domain event. A worker's own tries are no entries: they are the `attempts` of one."""

    id: int
    at: datetime
    result: Annotated[Result, Meta(description="What the filter `result` knows it by.")]
    event: Annotated[Event, Meta(description="The finer word, such as `retried` for a retry by hand.")]
    post_id: int
    title: str
    delivery_id: Annotated[int | None, Meta(description="Null where it is about all deliveries of a publication.")]
    profiles: list[LogProfile]
    scheduled_at: Annotated[datetime | None, Meta(description="When the publication was meant for; null: at once.")]
    by: Annotated[Actor, Meta(description="Who did it.")]
    by_name: str | None
    note: Annotated[str, Meta(description="Why, when a reason is known.")]
    url: Annotated[str | None, Meta(description="Where the delivery lies, or lay.")]
    tries: Annotated[int, Meta(description="How many `attempts` there were.")]
    attempts: list[LogAttempt]


class LogPage(msgspec.Struct, frozen=True):
    """The newest first; `next` is the address of the page after this one."""

    entries: list[LogEntry]
    next: str | None


class Advice(msgspec.Struct, frozen=True):
    """Something that somebody should see to."""

    code: Annotated[Code, Meta(description="What a program tells them apart by.")]
    grave: Annotated[bool, Meta(description="As it stands, something will not go out or already went wrong.")]
    message: Annotated[str, Meta(description="What is the matter and what to do, for people.")]
    url: Annotated[str, Meta(description="The page of the desk that helps.")]


class Publisher(msgspec.Struct, frozen=True):
    """The worker that sends."""

    alive: bool
    seen_seconds_ago: Annotated[int | None, Meta(description="Null: no worker was ever seen.")]


class Freeze(msgspec.Struct, frozen=True):
    """Sending is stopped."""

    since: datetime
    cause: Annotated[str, Meta(description="`person`, or `restore` after a backup was restored.")]
    note: str


class Queue(msgspec.Struct, frozen=True):
    """Posts and deliveries that wait, each counted up to 1,000."""

    due: Annotated[int, Meta(description="Posts whose time has come and that have not begun to go out.")]
    late: Annotated[int, Meta(description="Those of them that should have begun two minutes ago.")]
    held: Annotated[int, Meta(description="Posts kept for a person: too late, frozen or restored.")]
    retrying: Annotated[int, Meta(description="Deliveries that are tried or looked up again by themselves.")]
    unconfirmed: Annotated[int, Meta(description="Deliveries that may be live or not: a person says which.")]
    next_at: Annotated[datetime | None, Meta(description="When the next post goes out.")]


class Lately(msgspec.Struct, frozen=True):
    """Deliveries that settled in the last 24 hours, each counted up to 1,000."""

    published: int
    failed: int
    not_confirmed: int


class ProfileHealth(msgspec.Struct, frozen=True):
    """A connected channel and what waits for it."""

    id: int
    name: str
    provider: str
    state: ProfileState
    problem: Annotated[str | None, Meta(description="One of the typed error kinds, such as `expired_token`.")]
    since: datetime | None
    last_success_at: datetime | None
    waiting: Annotated[int, Meta(description="Deliveries that wait for it, counted up to 1,000.")]
    next_post_id: int | None
    next_at: datetime | None


class Outlook(msgspec.Struct, frozen=True):
    """The forecast of the next posts, at most 100 of them."""

    green: Annotated[int, Meta(description="Will publish.")]
    amber: Annotated[int, Meta(description="Not ready yet, or at risk.")]
    red: Annotated[int, Meta(description="Will not publish as it stands, or not everywhere.")]
    more: Annotated[bool, Meta(description="Whether there are later ones.")]


class BreachView(msgspec.Struct, frozen=True):
    """A rule that our own rows break. It should never happen: send it to whoever maintains this desk."""

    name: str
    means: str
    about: str
    note: str
    since: datetime


class PublishingHealth(msgspec.Struct, frozen=True):
    """Whether publishing works, and what to do where it does not."""

    status: Annotated[
        Literal["ok", "attention", "trouble"],
        Meta(description="`trouble`: some advice is grave; `attention`: there is advice; `ok`: there is none."),
    ]
    advice: list[Advice]
    publisher: Publisher
    frozen: Freeze | None
    queue: Queue
    last_24_hours: Lately
    profiles: list[ProfileHealth]
    forecast: Outlook
    breaches: list[BreachView]
