"""The stages of a run at work, as a page shows them: reading, writing, checking, pictures. Read-only."""

from dataclasses import dataclass

from app.lifecycles.facts import PostFacts
from app.lifecycles.statuses import PostStatus
from app.pages.details import Detail
from app.pages.previews import Preview

READING, CHECKING = "reading the brief", "checking"
OUTLINE = "outline"
Step = tuple[str, str, str]  # state (done, now, todo, failed), what, a note


@dataclass(frozen=True, slots=True)
class Progress:
    """`value` of `most` for the bar; `most` 0: no bar."""

    steps: tuple[Step, ...]
    value: int = 0
    most: int = 0


NOTHING = Progress(())


def progress(facts: PostFacts, detail: Detail, preview: Preview) -> Progress:
    """How far the writer or the illustrator is; nothing for a post nobody writes at the moment."""
    if facts.status == PostStatus.GENERATING and detail.run:
        return _writing(facts, detail)
    if facts.status == PostStatus.TEXT_READY:
        return _drawing(facts, preview)
    return NOTHING


def _writing(facts: PostFacts, detail: Detail) -> Progress:
    run = detail.run
    assert run is not None
    words = "Arranging your words" if run.writer == OUTLINE else "Writing"
    names = ("Reading the brief", words, "Checking", "Pictures")
    at = _stage(run.stage)
    note = f"attempt {run.tries}" if at >= 0 and run.tries > 1 else "" if at >= 0 else run.stage
    states = ["done" if n < at else "now" if n == max(at, 0) else "todo" for n in range(len(names))]
    steps = tuple((state, name, note if state == "now" else "") for state, name in zip(states, names, strict=True))
    return Progress(steps, max(at, 0), len(names))


def _stage(said: str) -> int:
    """Which step the writer speaks of; -1 while it waits for its turn."""
    if said in (READING, CHECKING):
        return {READING: 0, CHECKING: 2}[said]
    return -1 if said.startswith("waiting") else 1


def _drawing(facts: PostFacts, preview: Preview) -> Progress:
    whole = len(preview.pictures)
    ready = whole - facts.pictures_pending
    note = f"{ready} of {whole}"
    return Progress((("done", "The words are saved", ""), ("now", "Pictures", note)), ready, whole)
