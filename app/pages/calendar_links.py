"""The calendar's address: what it asks to see, and every link that keeps the rest of it. Pure; for the calendar."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.lifecycles.post import GROUPS
from app.pages.calendar_days import Event, joined
from app.pages.calendar_spans import ONE_DAY, VIEWS, Span, span
from app.pages.glance import Channel
from app.pages.posts_filters import number, one_of

CALENDAR = "/calendar"
OFFERED = 20  # campaigns of the filter's menu


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks to see. `hours`: a week's rows from midnight to midnight."""

    view: str
    date: str
    group: str
    channel: int | None
    campaign: int | None
    hours: str
    earlier: str

    def address(self, **changes: Any) -> str:
        """The calendar's address with `changes`; what was unfolded folds again unless they say so."""
        asked = replace(self, **({"earlier": ""} | changes))
        kept = {"group": asked.group, "channel": asked.channel, "campaign": asked.campaign, "hours": asked.hours}
        if asked.view == ONE_DAY:
            return joined(f"{CALENDAR}/day/{asked.date}", kept)
        view = asked.view if asked.view != "month" else ""
        return joined(CALENDAR, {"view": view, "date": asked.date, **kept, "earlier": asked.earlier})

    @property
    def place(self) -> dict[str, str]:
        """Which view of which time, for the links of a single day in it."""
        return {"view": "" if self.view in ("month", ONE_DAY) else self.view, "date": self.date}

    @property
    def filtered(self) -> bool:
        return bool(self.group or self.channel or self.campaign)


@dataclass(frozen=True, slots=True)
class Link:
    """A filter, a view or a neighbour as a link. `count` stands behind a colour group's name."""

    key: str
    label: str
    href: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where the keys [ t ] lead, with the filters kept."""

    before: str
    today: str
    after: str


def wanted(sent: Mapping[str, str], day: str = "") -> Wanted:
    """What `sent` asks for; 400 with a sentence for a value that means nothing. `day`: the page of that one day."""
    return Wanted(
        view=ONE_DAY if day else one_of(sent, "view", tuple(VIEWS)) or "month",
        date=day or sent.get("date", ""),
        group=one_of(sent, "group", tuple(GROUPS)),
        channel=number(sent, "channel"),
        campaign=number(sent, "campaign"),
        hours=one_of(sent, "hours", ("all",)),
        earlier=one_of(sent, "earlier", ("1",)),
    )


def known(address: str) -> Wanted:
    """What an address of the calendar asks for; today's month for any other address."""
    try:
        parts = urlsplit(address)
    except ValueError:  # half a bracket
        return wanted({})
    if parts.path != CALENDAR and not parts.path.startswith(f"{CALENDAR}/day/"):
        return wanted({})
    return wanted(dict(parse_qsl(parts.query)), parts.path.removeprefix(CALENDAR).removeprefix("/day/"))


def neighbours(asked: Wanted, shows: Span) -> Neighbours:
    today = shows.today.isoformat() if asked.view == ONE_DAY else ""
    return Neighbours(*(asked.address(date=key) for key in (shows.before, today, shows.after)))


def views(asked: Wanted, shows: Span) -> tuple[Link, ...]:
    """The same time as month, week and list: around today when it is there, else around its middle."""
    on = "" if shows.current and asked.view != ONE_DAY else shows.middle.isoformat()
    return tuple(
        Link(view, label, asked.address(view=view, date=_named(view, on, shows.today), hours=""), view == asked.view)
        for view, label in VIEWS.items()
    )


def _named(view: str, on: str, today: date) -> str:
    return span(view, on, today).key if on else ""


def chips(asked: Wanted, shows: Span, events: Iterable[Event]) -> tuple[Link, ...]:
    counts = Counter(one.post.group for one in events)
    here = replace(asked, date=shows.key)
    found = [
        Link(group, label, here.address(group=group), group == asked.group, counts[group])
        for group, label in GROUPS.items()
    ]
    return (Link("", "All", here.address(group=""), not asked.group, counts.total()), *found)


def channels(asked: Wanted, shows: Span, every: Iterable[Channel]) -> tuple[Link, ...]:
    here = replace(asked, date=shows.key)
    found = [
        Link(one.letter, one.name, here.address(channel=one.id), one.id == asked.channel)
        for one in every
        if one.connected or one.id == asked.channel
    ]
    return (Link("", "All channels", here.address(channel=None), asked.channel is None), *found)


def campaigns(asked: Wanted, shows: Span, titles: Mapping[int, str]) -> tuple[Link, ...]:
    """Those with posts in sight and the one that is chosen; nothing when there are none."""
    here = replace(asked, date=shows.key)
    every: Sequence[tuple[int, str]] = sorted(titles.items(), key=lambda one: (one[0] != asked.campaign, one[1]))
    if not every:
        return ()
    found = [Link(str(id), title, here.address(campaign=id), id == asked.campaign) for id, title in every[:OFFERED]]
    return (Link("", "All campaigns", here.address(campaign=None), asked.campaign is None), *found)
