"""The publishing log in words: what happened, who did it, and what every attempt came to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from app import platforms
from app.publishing_log import Attempt, Happened
from app.times import day, local, moment

INTENTS = {
    "create": "Publish", "update": "Change", "hand_off": "Hand over", "reschedule": "Move to another time",
    "unschedule": "Take off the schedule", "remove": "Take down",
    "nudge": "Publish what missed its time",
}  # fmt: skip
OUTCOMES = {
    "published": "live", "handed_off": "handed over", "went_on": "one step done", "removed": "gone",
    "refused": "refused", "try_later": "asked to wait", "not_sent": "nothing was sent", "unknown": "no clear answer",
}  # fmt: skip
# What happened → label, group and icon of the pill.
PILLS = {
    "queued": ("Queued", "ready", "clock"),
    "scheduled": ("Scheduled", "ready", "clock"),
    "retried": ("Retried", "ready", "clock"),
    "changes_queued": ("Changes queued", "ready", "clock"),
    "held": ("Held", "review", "pause"),
    "canceled": ("Canceled", "stopped", "ban"),
    "handed_over": ("Handed over", "ready", "calendar-check"),
    "published": ("Published", "live", "circle-check"),
    "changes_published": ("Changes published", "live", "circle-check"),
    "failed": ("Failed", "problem", "octagon-alert"),
    "not_there": ("Not there", "problem", "circle-x"),
    "not_confirmed": ("Not confirmed", "problem", "octagon-alert"),
    "taken_down": ("Taken down", "stopped", "archive-restore"),
}
HELD = {
    "late": "Found too late to go out by itself.", "freeze": "Sending is frozen.",
    "restore": "It came due while this desk was restored.",
}  # fmt: skip
BY_ITSELF = {"clock": "autopilot", "platform": "the platform", "key": "an API key"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt: `title` is number, intent and outcome; `notes` what is known besides."""

    title: str
    times: str
    answer: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the log."""

    id: int
    time: str
    iso: str
    href: str
    title: str
    letters: tuple[tuple[str, str], ...]
    label: str
    group: str
    icon: str
    sentence: str
    attempts: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day in the team's zone."""

    name: str
    rows: tuple[Row, ...]


def days(found: Sequence[Happened], zone: str, today: date) -> tuple[Day, ...]:
    """The log by day, in its order."""
    grouped = groupby(found, key=lambda one: local(one.at, zone).date())
    return tuple(Day(_heading(on, today), tuple(_row(one, zone, today) for one in some)) for on, some in grouped)


def _heading(on: date, today: date) -> str:
    near = day(on, today)
    full = f"{on:%A} {on.day} {on:%B %Y}"
    return f"{near.capitalize()}, {full}" if near in ("today", "yesterday", "tomorrow") else full


def _row(one: Happened, zone: str, today: date) -> Row:
    label, group, icon = PILLS[one.event]
    return Row(
        id=one.id,
        time=f"{local(one.at, zone):%H:%M}",
        iso=one.at.isoformat(),
        href=f"/posts/{one.post}",
        title=one.title,
        letters=tuple((platforms.letter(where.platform, where.name), where.name) for where in one.channels),
        label=label,
        group=group,
        icon=icon,
        sentence=_sentence(one, zone, today),
        attempts=tuple(_tried(attempt, zone) for attempt in one.attempts),
    )


def _sentence(one: Happened, zone: str, today: date) -> str:
    """Where, when and by whom; then why, when a reason is known."""
    where = ", ".join(channel.name for channel in one.channels)
    later = one.due_at if one.result == "queued" and one.waits else None
    when = f" for {moment(later, zone, today)}" if later else ""
    who = one.person or BY_ITSELF.get(one.by_kind, "")
    note = HELD.get(one.note, one.note)
    return f"{where}{when}{f', by {who}' if who else ''}.{f' {note}' if note else ''}"


def _tried(attempt: Attempt, zone: str) -> Tried:
    intent = INTENTS.get(attempt.intent, attempt.intent)
    came_to = OUTCOMES.get(attempt.outcome or "", "waiting for the answer")
    status = f", {attempt.http_status}" if attempt.http_status else ""
    late = f"A late answer came: {attempt.late_answer}" if attempt.late_answer else ""
    then = f"Next: {attempt.next_action}." if attempt.next_action else ""
    return Tried(
        title=f"{attempt.number}. {intent}: {came_to}{status}",
        times=_times(attempt, zone),
        answer=attempt.answer or "",
        notes=tuple(note for note in (attempt.why or "", late, then) if note),
    )


def _times(attempt: Attempt, zone: str) -> str:
    began = f"{local(attempt.opened_at, zone):%H:%M:%S}"
    return f"{began} to {local(attempt.ended_at, zone):%H:%M:%S}" if attempt.ended_at else f"since {began}"
