"""The words for what went wrong on a channel: cause, what is certain, the one thing that fixes it (ux.md §6)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Trouble:
    """Every part takes {channel}, {channel_id} and {note}; `action` and `href` are the fix as a link."""

    headline: str
    certain: str
    fix: str
    action: str = ""
    href: str = ""


CHANNEL = "/channels/{channel_id}"
NOTHING = "nothing was published there and nothing can appear twice."
TROUBLES = {
    "expired_token": Trouble(
        "{channel} says the sign-in has expired.",
        f"It refused the post before accepting it, so {NOTHING}",
        "reconnect {channel}, then publish again.", "Reconnect {channel}", CHANNEL,
    ),
    "permission_revoked": Trouble(
        "{channel} no longer lets us post.",
        f"It refused the post, so {NOTHING}",
        "give the permission again, then publish again.", "Re-authorise {channel}", CHANNEL,
    ),
    "content_rejected": Trouble(
        "{channel} declined it: “{note}”",
        f"It was refused, so {NOTHING}",
        "change what it objects to, then publish again.",
    ),
    "rate_limited": Trouble(
        "{channel} asks us to wait.",
        f"It did not take the post: {NOTHING}",
        "we waited a day for it; publish again when it takes posts.",
    ),
    "platform_unavailable": Trouble(
        "{channel} is not answering.",
        f"{{note}} It never got the post: {NOTHING}",
        "publish again when it answers.", "Check {channel}", CHANNEL,
    ),
    "outcome_unknown": Trouble(
        "We cannot tell whether {channel} published it.",
        "The answer never came. It may be there already, so we will not send it again on our own.",
        "look there, then say whether it is live.",
    ),
    "changed_there": Trouble(
        "{channel} has it differently now.",
        "{note} We do not fight what was changed there, and send nothing again on our own.",
        "publish again, or go back to editing.",
    ),
    "invalid_settings": Trouble(
        "{channel} is not set up to take this.",
        f"{{note}} It was not accepted: {NOTHING}",
        "open the channel and correct it, then publish again.", "Open {channel}", CHANNEL,
    ),
    "unexpected": Trouble(
        "{channel} gave an answer nobody expected.",
        "{note} It did not accept the post, and nothing is sent again on our own.",
        "publish again; if it repeats, the technical details say more.",
    ),
}  # fmt: skip


MENDED = "{channel} works again; try again."


def of(kind: str, channel: str, channel_id: int, note: str, *, mended: bool = False) -> Trouble:
    """The words of an error kind for one channel; `mended`: what was wrong with the channel is not any more."""
    trouble = TROUBLES.get(kind, TROUBLES["unexpected"])
    trouble = replace(trouble, fix=MENDED, action="", href="") if mended else trouble
    known = {"channel": channel, "channel_id": channel_id, "note": _sentence(note)}
    return replace(trouble, **{name: getattr(trouble, name).format(**known) for name in Trouble.__slots__})


def _sentence(note: str) -> str:
    """What a platform said, ending like a sentence of ours."""
    said = note.strip() or "No reason was given."
    return said if said[-1] in ".!?…”\"'" else f"{said}."
