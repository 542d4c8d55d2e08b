"""The checks beside a draft: what stands in the way of approving and sending it, and what was looked at. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from app import platforms
from app.content import Revision
from app.lifecycles.facts import PostFacts
from app.lifecycles.statuses import MediaStatus
from app.platforms.contract import Account, Content, Picture
from app.seals import Channel, Sealable


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checks box."""

    ok: bool
    text: str


def checks(
    facts: PostFacts, revision: Revision | None, targets: Sequence[Channel], what: Sealable | None
) -> tuple[Check, ...]:
    """What stands in the way, and what was looked at."""
    if revision is None or what is None:
        return ()
    return (_gaps(facts), *_pictures(revision), *_channels(targets, what))


def _gaps(facts: PostFacts) -> Check:
    if facts.gaps:
        return Check(False, f"{facts.gaps} {'gap' if facts.gaps == 1 else 'gaps'} to fill: look for [write: …]")
    return Check(True, "No gaps left")


def _pictures(revision: Revision) -> list[Check]:
    if not revision.pictures:
        return [Check(True, "No pictures")]
    bad = [p for p in revision.pictures if p.status == MediaStatus.FAILED]
    mute = [p for p in revision.pictures if not p.alt]
    ready = [p for p in revision.pictures if p.status == MediaStatus.PROCESSED]
    found = [Check(False, f"A picture failed: {picture.error}") for picture in bad]
    found += [Check(False, f"{len(mute)} without alt text")] if mute else []
    everything = len(ready) == len(revision.pictures)
    return [*found, Check(everything, f"{len(ready)} of {len(revision.pictures)} pictures ready")]


def _channels(targets: Sequence[Channel], what: Sealable) -> list[Check]:
    sealed = msgspec.json.decode(what.text)
    found: list[Check] = []
    for target in targets:
        wrong = platforms.platform(target.platform).check(
            _content(sealed, target.id), Account(target.id, target.name, target.settings)
        )
        found += [Check(False, f"{target.name}: {sentence}") for sentence in wrong]
        found += [] if wrong else [Check(True, f"Fits {target.name}")]
    return found


def _content(sealed: dict[str, Any], channel: int) -> Content:
    fields = next(c["fields"] for c in sealed["channels"] if c["channel"] == channel)
    pictures = tuple(Picture(p["sha256"], "", p["alt"], "") for p in sealed["pictures"])
    return Content(
        sealed["title"], sealed["slug"], sealed["excerpt"], sealed["body"], sealed["body_html"], fields, pictures,
        sealed["link"],
    )  # fmt: skip
