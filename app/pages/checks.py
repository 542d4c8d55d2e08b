"""The checks beside a draft: what stands in the way of approving and sending it, and what was looked at. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import forecast_limits
from app.content import Revision
from app.lifecycles.facts import PostFacts
from app.lifecycles.statuses import MediaStatus
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
    wrong = forecast_limits.judged(what.text, targets)
    found: list[Check] = []
    for target in targets:
        told = [misfit.sentence for misfit in wrong if misfit.channel == target.id]
        found += [Check(False, f"{target.name}: {sentence}") for sentence in told]
        found += [] if told else [Check(True, f"Fits {target.name}")]
    return found
