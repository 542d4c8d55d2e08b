"""Invariant (vii): in every reachable combination of facts an editor has a way on, or work is under way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product

from app.lifecycles.delivery import DELIVERY
from app.lifecycles.facts import PostFacts, Run, Target
from app.lifecycles.machine import By
from app.lifecycles.offers import open_offers
from app.lifecycles.post import FREELY_EDITED, PLANS, POST
from tests.lifecycles.expected import ANOTHER, ME
from tests.lifecycles.sheets import EARLIER, LATER, SEALED, TODAY, WRITTEN, YESTERDAY, run, sheet, targets
from tests.source import expect_none

EDITOR = By("person", person=ME, role="editor")
WAITING = ("pending", "sending", "retrying", "handed_off")
# The newest deliveries that a post of each status can be found with, by channel.
MIXTURES: dict[str, tuple[str | None, ...]] = {
    "approved": (None, "canceled", "withdrawn"),
    "scheduled": ("pending", "retrying", "handed_off", "published", "unconfirmed", "failed"),
    "publishing": (*WAITING, "published", "unconfirmed", "failed"),
    "published": ("published", "withdrawn"),
    "unpublished": ("withdrawn", "published", "failed", "canceled"),
    "publish_failed": ("published", "unconfirmed", "failed", "canceled", "withdrawn"),
}
RECALLS = {
    "scheduled": ("unschedule", "reopen", "reschedule"), "published": ("unpublish",), "publish_failed": ("set_back",),
}  # fmt: skip
NEVER_ARCHIVED = ("generating", "text_ready_images_pending", "scheduled", "publishing", "published")


@dataclass(frozen=True, slots=True)
class Way:
    """What takes a post on: a button, or work that is under way."""

    words: str


def reachable() -> Iterator[PostFacts]:
    """Every status with every mixture of what its guards look at."""
    for status in POST.statuses:
        for facts in _on_channels(status):
            for votes in _people(facts):
                yield from _circumstances(votes)


def way_on(facts: PostFacts) -> Way | None:
    if facts.recall:
        return Way("a platform is being asked")
    if facts.running:
        return Way("the writer has a lease")
    if _will_be_looked_at(facts):
        return Way("a delivery is looked at again by itself")
    if facts.archived:
        return Way("link: bring it back")
    if found := open_offers(facts, EDITOR):
        return Way(found[0].name)
    if facts.unconfirmed and DELIVERY.find("confirm", "unconfirmed", EDITOR).label:  # type: ignore[union-attr]
        return Way("delivery: is it live?")
    return Way("link: Edit") if facts.status in (*FREELY_EDITED, *PLANS) else None


def test_an_editor_always_has_a_way_on_or_work_is_under_way() -> None:
    seen = 0
    dead_ends = set()
    for facts in reachable():
        seen += 1
        if way_on(facts) is None:
            dead_ends.add(_described(facts))
    print(f"{seen} combinations, {len(dead_ends)} dead ends")
    assert seen > 20_000
    expect_none(dead_ends)


def test_a_dead_end_would_be_noticed() -> None:
    """The enumeration itself can fail: a held post whose buttons are all closed is one."""
    viewer = By("person", person=ME, role="viewer")
    held = sheet("scheduled", run=run("pending", due_at=EARLIER, held_for="late"))
    assert way_on(held) is not None
    assert open_offers(held, viewer) == []


def _on_channels(status: str) -> Iterator[PostFacts]:
    kinds = MIXTURES.get(status)
    if kinds is None:
        yield from (sheet(status, targets=found) for found in ((), targets(None), targets(None, connected=False)))
        return
    for size in (1, 2, 3):
        for deliveries in combinations_with_replacement(kinds, size):
            if _consistent(status, deliveries):
                yield from _on_platforms(status, deliveries)


def _consistent(status: str, deliveries: tuple[str | None, ...]) -> bool:
    """Whether a post of that status can have those newest deliveries."""
    match status:
        case "published":
            return "published" in deliveries
        case "publish_failed":
            return any(delivery != "published" for delivery in deliveries)
        case "scheduled" | "publishing":
            return any(delivery in WAITING for delivery in deliveries)
    return True


def _on_platforms(status: str, deliveries: tuple[str | None, ...]) -> Iterator[PostFacts]:
    for connected, capable, stale in product((True, False), repeat=3):
        found = tuple(
            replace(target, connected=connected, removes=capable, updates=capable, stale=stale)
            for target in targets(*deliveries)
        )
        for open_run in _runs(status, found):
            yield sheet(status, targets=found, run=open_run)


def _runs(status: str, found: tuple[Target, ...]) -> Iterator[Run | None]:
    """The open run: everything in it, or only what a retry sends again; on time, due or held."""
    if status not in ("scheduled", "publishing"):
        yield None
        return
    all_of_them = tuple(target.delivery or "" for target in found)
    retried = tuple(delivery for delivery in all_of_them if delivery in WAITING)
    for deliveries in {all_of_them, retried}:
        yield run(*deliveries, due_at=LATER if status == "scheduled" else EARLIER)
        if status == "scheduled":
            yield from (run(*deliveries, due_at=EARLIER, held_for=why) for why in ("late", "freeze", "restore"))
    if status == "publishing":
        yield run(*retried, kind="update", due_at=None)


def _people(facts: PostFacts) -> Iterator[PostFacts]:
    """Votes, self-approval, and whose post it is."""
    for needed, voters, alone in product((1, 2), ((), (ME,), (ANOTHER,)), (True, False)):
        yield replace(
            facts, author=ANOTHER, needed=needed, voters=frozenset(voters), self_approval=alone, makers=frozenset({ME}),
            sealed=facts.status in SEALED,
        )  # fmt: skip


def _circumstances(facts: PostFacts) -> Iterator[PostFacts]:
    """One circumstance at a time: gaps, pictures, quota, a past day, a freeze, the archive, a recall."""
    yield facts
    yield replace(facts, frozen=True)
    if facts.status in WRITTEN:
        yield replace(facts, sealed=False, gaps=1, pictures_failed=1)
        yield replace(facts, pictures_pending=1)
    if facts.status in PLANS:
        yield replace(facts, quota_left=0, planned_on=facts.planned_on and YESTERDAY)
        yield replace(facts, body=True, typed=True, quota_left=0)
    if facts.status not in NEVER_ARCHIVED and not facts.live:
        yield replace(facts, archived=True)
    for move in RECALLS.get(facts.status, ()):
        yield replace(facts, recall=move)


def _will_be_looked_at(facts: PostFacts) -> bool:
    """A working delivery has a next look, unless a person is waited for: then those that wait have none."""
    if facts.run is None:
        return False
    resting = ("pending",) if facts.run.held_for else ()
    return any(status in WAITING and status not in resting for status in facts.run.deliveries)


def _described(facts: PostFacts) -> str:
    deliveries = ",".join(target.delivery or "-" for target in facts.targets)
    run_words = f" run({facts.run.kind}, held {facts.run.held_for}: {facts.run.deliveries})" if facts.run else ""
    flags = [name for name in ("archived", "frozen", "running") if getattr(facts, name)]
    late = "past " if facts.planned_on and facts.planned_on < TODAY else ""
    return f"{facts.status}: {late}[{deliveries}]{run_words} {' '.join(flags)}"
