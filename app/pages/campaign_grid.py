"""A campaign's posts × channels: one cell says how that post stands on that channel. For the campaign page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from asyncpg import Record

from app.lifecycles.delivery import DELIVERY
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages.forecast_marks import channel_risk
from app.pages.glance import Channel, Glance, glance, when

SENT = (PostStatus.SCHEDULED, PostStatus.PUBLISHING, PostStatus.PUBLISHED, PostStatus.PUBLISH_FAILED)
READY = "ready"
UNSAID = (DeliveryStatus.PENDING, DeliveryStatus.CANCELED)  # the post's own label says more


@dataclass(frozen=True, slots=True)
class Cell:
    """`label` empty: the post does not go there. `said` is what a time that stands as the label means."""

    channel: str
    label: str = ""
    group: str = ""
    icon: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    title: str
    label: str
    group: str
    icon: str
    spins: bool
    when: str
    iso: str
    risk: str
    cells: tuple[Cell, ...]

    @property
    def nowhere(self) -> bool:
        """It goes to no channel, so no cell says how it stands."""
        return not any(cell.label for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    heads: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


def grid(records: Sequence[Record], channels: Mapping[int, Channel], zone: str, today: date) -> Grid:
    """Rows in the order given; a column for each channel any of them goes to."""
    seen = [(record, glance(record, channels)) for record in records]
    columns = sorted({channel.id for _, post in seen for channel in post.channels})
    return Grid(
        tuple((channels[number].letter, channels[number].name) for number in columns),
        tuple(_row(post, record, [channels[number] for number in columns], zone, today) for record, post in seen),
    )


def _row(post: Glance, record: Record, columns: Sequence[Channel], zone: str, today: date) -> Row:
    stands = msgspec.json.decode(record["cells"] or "{}", type=dict[int, str])
    there = {channel.id for channel in post.channels}
    exact, said = post.at or post.planned_on, when(post.at, post.planned_on, zone, today)
    return Row(
        post.id, post.title, post.label, post.group, post.icon, post.spins,
        said, exact.isoformat() if exact else "", channel_risk(post),
        tuple(_cell(post, channel, stands.get(channel.id), said) if channel.id in there else Cell(channel.name)
              for channel in columns),
    )  # fmt: skip


def _cell(post: Glance, channel: Channel, stands: str | None, time: str) -> Cell:
    """What its newest delivery says once it was lined up; before that, and while it only waits, the post's label.

    What is scheduled says when.
    """
    timed = post.status == PostStatus.SCHEDULED and post.group == READY and post.at is not None
    if timed and stands in (*UNSAID, DeliveryStatus.HANDED_OFF):
        return Cell(channel.name, time, post.group, post.icon, DELIVERY.state(stands).label)
    if post.status not in SENT or stands is None or stands in UNSAID:
        return Cell(channel.name, post.label, post.group, post.icon)
    state = DELIVERY.state(stands)
    return Cell(channel.name, state.label, state.group, state.icon)
