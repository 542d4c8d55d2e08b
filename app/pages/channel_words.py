"""A channel's state in a pill and a sentence. Pure; for the channels pages."""

from dataclasses import dataclass
from datetime import datetime

from app import platforms
from app.channel_health import COUNTED, Health
from app.lifecycles.phrases import bounded
from app.pages.pills import Pill
from app.platforms.contract import Platform
from app.times import ago, local, moment

REASONS = {
    "expired_token": "the sign-in has expired",
    "permission_revoked": "it no longer lets us post",
    "content_rejected": "it refuses what we send",
    "rate_limited": "it asks us to wait",
    "platform_unavailable": "it does not answer",
    "invalid_settings": "something in its settings is wrong",
}
OTHERWISE = "it answered in a way that we do not understand"


@dataclass(frozen=True, slots=True)
class Card:
    """One channel as a page shows it. `next_*` are empty while nothing needs it."""

    id: int
    name: str
    kind: str
    letter: str
    state: Pill
    success: str
    next_title: str = ""
    next_href: str = ""
    next_when: str = ""
    others: str = ""
    on: bool = True
    rehearses: bool = False


def card(health: Health, zone: str) -> Card:
    """Everything a row says, with times told in `zone`."""
    kind, waiting = known(health.platform), health.next
    return Card(
        id=health.id,
        name=health.name,
        kind=kind.label if kind else health.platform,
        letter=platforms.letter(health.platform, health.name),
        state=state(health, zone),
        success=_success(health),
        next_title=waiting.title if waiting else "",
        next_href=f"/posts/{waiting.post}" if waiting else "",
        next_when=_when(health, zone),
        others=_others(waiting.waiting - 1) if waiting else "",
        on=health.connected,
        rehearses=health.platform == "sandbox",
    )


def known(platform: str) -> Platform | None:
    """The platform, unless this version has none of that name."""
    return platforms.PLATFORMS.get(platform)


def state(health: Health, zone: str) -> Pill:
    if health.disconnected_at:
        sentence = f"Disconnected {_at(health, health.disconnected_at, zone)}. What it published stays where it is."
        return Pill("Disconnected", "stopped", "unplug", sentence)
    if health.broken_kind:
        why = REASONS.get(health.broken_kind, OTHERWISE)
        since = f" since {_at(health, health.broken_at, zone)}" if health.broken_at else ""
        return Pill("Not working", "problem", "octagon-alert", f"Not working{since}: {why}.")
    if health.paused_at:
        return Pill("Paused", "review", "pause", f"Paused since {_at(health, health.paused_at, zone)}.")
    return Pill("Connected", "live", "circle-check", "Connected.")


def _success(health: Health) -> str:
    if health.last_success_at is None:
        return "Nothing has been sent to it yet." if health.connected else ""
    since = ago(health.last_success_at, health.now)
    return "Last sent just now." if since == "just now" else f"Last sent {since} ago."


def _when(health: Health, zone: str) -> str:
    if health.next is None:
        return ""
    return _at(health, health.next.due_at, zone) if health.next.due_at else "as soon as possible"


def _others(more: int) -> str:
    return f"and {bounded(more, COUNTED - 1)} more {'post' if more == 1 else 'posts'}" if more else ""


def _at(health: Health, at: datetime, zone: str) -> str:
    return moment(at, zone, local(health.now, zone).date())
