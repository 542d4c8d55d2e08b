"""What was found in sight of the calendar, by whom it is seen, and what the forecast says of it. For its pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from litestar import Request

from app import forecast, sql
from app.lifecycles.machine import By
from app.pages import calendar_query as query
from app.pages.calendar_days import FULL, LISTED, MOST, Event, Fold, back_to, event
from app.pages.calendar_links import Wanted
from app.pages.calendar_spans import ONE_DAY, Span, span
from app.pages.cards import by_person
from app.pages.glance import CHANNELS, Channel, by_id, zone_name
from app.pages.render import team_of
from app.sessions import Team, Who
from app.times import local

FULLS = {"month": FULL, "list": LISTED, ONE_DAY: MOST}


@dataclass(frozen=True, slots=True)
class Sight:
    """What was found in sight, with who looks and when: what everything on the page is made of.

    `chosen`: what the filters let through, the colour group aside; `shown`: with it.
    """

    asked: Wanted
    span: Span
    channels: Mapping[int, Channel]
    events: tuple[Event, ...]
    chosen: tuple[Event, ...]
    shown: tuple[Event, ...]
    by: By
    team: Team

    @property
    def fold(self) -> Fold:
        past = self.span.current and not self.asked.earlier and self.asked.view != ONE_DAY
        filters = {"group": self.asked.group, "channel": self.asked.channel, "campaign": self.asked.campaign}
        inside = replace(self.asked, date=self.span.key).place
        return Fold(FULLS.get(self.asked.view, FULL), past, filters, inside)


async def sight(request: Request[Who, Any, Any], asked: Wanted, *, back: str = "") -> Sight:
    """One query for the channels, one for the posts of those days, however many they are."""
    team, by = team_of(request), by_person(request.user)
    today = local(datetime.now(UTC), team.zone).date()
    shows = span(asked.view, asked.date, today)
    channels = by_id(await sql.rows(CHANNELS))
    records = await query.on_days(shows.start, shows.end, team.zone)
    leads = back_to(back or asked.address())
    found = (event(record, channels, by, team.zone, leads) for record in records)
    events = tuple(one for one in found if one)
    chosen = tuple(one for one in events if _passes(one, asked))
    shown = tuple(one for one in chosen if asked.group in ("", one.post.group))
    return Sight(asked, shows, channels, events, chosen, shown, by, team)


def _passes(one: Event, asked: Wanted) -> bool:
    channel = asked.channel
    return asked.campaign in (None, one.campaign) and (
        channel is None or any(known.id == channel for known in one.post.channels)
    )


async def risks(events: Iterable[Event], zone: str) -> dict[int, str]:
    """What endangers these cards, by post; a day's folded ones are told when it is unfolded."""
    posts = [one.post.id for one in events]
    return {post: verdict.risk for post, verdict in (await forecast.of(posts, zone)).items()}


def zone_words(zone: str, shows: Span) -> str:
    """Berlin time (UTC+1): the zone days and times are meant in, and when its clock changes in sight."""
    if zone == "UTC":
        return zone_name(zone)
    offsets = {on: _offset(on, zone) for on in shows.days}
    first = next(iter(offsets.values()))
    turn = next(((on, offset) for on, offset in offsets.items() if offset != first), None)
    later = f", from {turn[0].day} {turn[0]:%b} {turn[1]}" if turn else ""
    return f"{zone_name(zone)} ({first}{later})"


def _offset(on: date, zone: str) -> str:
    hours = f"{local(datetime.combine(on, time(12), UTC), zone):%z}"
    return f"UTC{hours[0]}{int(hours[1:3])}" + (f":{hours[3:]}" if hours[3:] != "00" else "")
