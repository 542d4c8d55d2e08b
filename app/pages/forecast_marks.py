"""A verdict as people see it: its pill, its reasons, its place on a card. For every page that shows future posts."""

from dataclasses import dataclass, replace

from app.access import RANK
from app.forecast_coming import Reason, Verdict
from app.pages.glance import Channel, Glance
from app.pages.shell import Banner
from app.sessions import Who

COLOURS = {
    "green": ("live", "circle-check"),
    "amber": ("review", "triangle-alert"),
    "red": ("problem", "octagon-alert"),
}
AHEAD = ("plan", "work", "review", "ready")
WAITS = ("review", "clock")  # amber too, but all goes its usual way


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict's words, colour group and icon. `risk` is what a card says beside its own status, or nothing."""

    label: str
    group: str
    icon: str
    risk: str
    reasons: tuple[Reason, ...]


def mark(verdict: Verdict, who: Who, here: str = "") -> Mark:
    """What `who` sees: everything that is in the way, and the links they may open that lead away from `here`."""
    usual = verdict.reasons and all(reason.usual for reason in verdict.reasons)
    group, icon = WAITS if usual else COLOURS[verdict.colour]
    reasons = tuple(_linked(reason, who, here) for reason in verdict.reasons)
    return Mark(verdict.label, group, icon, verdict.risk, reasons)


def _linked(reason: Reason, who: Who, here: str) -> Reason:
    leads = reason.href != here and RANK[who.role] >= RANK[reason.role]
    return reason if leads else replace(reason, href="")


def breach_banner(count: int, means: str = "") -> Banner:
    """One sentence while our own rows break a rule; the forecast's page lists them."""
    what = "one thing that does" if count == 1 else f"{count} things that do"
    text = f"The self-check found {what} not add up. {means}".rstrip()
    return Banner("problem", "shield", text, "/forecast#self-check", "See what")


def channel_risk(post: Glance) -> str:
    """For long lists, from what they know anyway: which of its channels would not take it now; nothing once it is out.

    Fifty whole verdicts would cost more than the rest of such a page.
    """
    wrong = [channel.name for channel in post.channels if not _well(channel)]
    if post.group not in AHEAD or not wrong:
        return ""
    return f"At risk: {', '.join(wrong)} {'needs' if len(wrong) == 1 else 'need'} attention"


def _well(channel: Channel) -> bool:
    return channel.connected and not channel.broken
