"""The words for what went wrong on a channel: cause, what is certain, the one thing that fixes it (ux.md §6)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """`headline` and `certain` take {channel} and {note}; `fix` says what to do; `href` is the fix's page."""

    headline: str
    certain: str
    fix: str
    action: str = ""
    href: str = ""


CHANNEL = "/channels/{channel_id}"
TROUBLES = {
    "expired_token": Trouble(
        "{channel} says the sign-in has expired.",
        "It refused the post before accepting it, so nothing was published there.",
        "Reconnect {channel}, then publish again.", "Reconnect {channel}", CHANNEL,
    ),
    "permission_revoked": Trouble(
        "{channel} no longer lets us post.",
        "It refused the post, so nothing was published there.",
        "Give the permission again, then publish again.", "Re-authorise {channel}", CHANNEL,
    ),
    "content_rejected": Trouble(
        "{channel} declined it: “{note}”",
        "It was refused, so nothing was published there.",
        "Change what it objects to, then publish again.",
    ),
    "rate_limited": Trouble(
        "{channel} asks us to wait.",
        "It did not take the post yet, so nothing can appear twice.",
        "We try again by ourselves while it allows; after a day it is yours to publish again.",
    ),
    "platform_unavailable": Trouble(
        "{channel} is not answering.",
        "Nothing was published there: {note}",
        "Publish again when it answers.", "Check the channel", CHANNEL,
    ),
    "outcome_unknown": Trouble(
        "We cannot tell whether {channel} published it.",
        "The answer never came. We will not send it again on our own.",
        "Look there, then say whether it is live.",
    ),
    "changed_there": Trouble(
        "{channel} has it differently now.",
        "{note} We do not fight what was changed there.",
        "Publish again, or go back to editing.",
    ),
    "invalid_settings": Trouble(
        "{channel} is not set up to take this.",
        "{note} Nothing was published there.",
        "Open the channel and correct it, then publish again.", "Open the channel", CHANNEL,
    ),
    "unexpected": Trouble(
        "{channel} gave an answer nobody expected.",
        "{note}",
        "Publish again; if it repeats, the publishing log has the details.",
    ),
}  # fmt: skip


def of(kind: str, channel: str, channel_id: int, note: str) -> Trouble:
    """The words of an error kind for one channel."""
    trouble = TROUBLES.get(kind, TROUBLES["unexpected"])
    known = {"channel": channel, "channel_id": channel_id, "note": note or "No reason was given."}
    return Trouble(*(part.format(**known) for part in _parts(trouble)))


def _parts(trouble: Trouble) -> tuple[str, ...]:
    return trouble.headline, trouble.certain, trouble.fix, trouble.action, trouble.href
