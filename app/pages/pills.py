"""What a pill says, in a group's colour, and the sentence beside it. For the pages of channels, webhooks, callbacks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pill:
    """`group` is the colour, one of templates/parts/marks.html; `sentence` says why, or what comes next."""

    label: str
    group: str
    icon: str
    sentence: str = ""
