"""Any sequence of clicks, jobs late, twice or never, answers good and bad, and time: the invariants hold after each.

By hand, longer: MACHINE_RUNS=2000 MACHINE_STEPS=50 MACHINE_SEED=1 pytest -s tests/stories/test_machine.py
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Coroutine
from typing import Any, ClassVar

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.flow import freeze
from app.flow.clicks import VERBS
from tests.flow.conftest import impatient, receiver, rehearsals
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.stories.desk_world import JOBS, ROLES, SENDING, STARTS, World, tried

__all__ = ["impatient", "receiver", "rehearsals"]

RUNS = int(os.environ.get("MACHINE_RUNS", "40"))
STEPS = int(os.environ.get("MACHINE_STEPS", "25"))
SEED = int(os.environ.get("MACHINE_SEED", "1"))
FAULTS = {
    "lost answer": Fault("drop_after"), "reset before": Fault("drop_before"),
    "502 after": Fault("status_after", status=502),
    "503 before": Fault("status", status=503), "429": Fault("status", status=429, headers={"retry-after": "30"}),
    "422": Fault("status", status=422), "401": Fault("status", status=401), "nonsense": Fault("nonsense"),
}  # fmt: skip
WHICH = some.integers(0, 3)
AIMED = some.frozensets(WHICH, min_size=1, max_size=3)
WHO = some.sampled_from(ROLES)
EDITORS = some.sampled_from(("editor", "admin"))
MINUTES = some.sampled_from((-60, 1, 10, 60, 3000))
ANSWERS = ("confirm", "deny", "refuse", "use_their_time", "hand_over_again", "take_down", "keep")


class Machine(RuleBasedStateMachine):
    loop: ClassVar[asyncio.AbstractEventLoop]
    receiver: ClassVar[Receiver]
    counted: ClassVar[dict[str, int]] = {"steps": 0, "done": 0}
    seen: ClassVar[Counter[str]] = Counter()
    world: World

    def wait(self, step: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(60)

    def attempt(self, step: Coroutine[Any, Any, Any]) -> None:
        self.counted["steps"] += 1
        self.counted["done"] += self.wait(tried(step))

    @initialize(mode=some.sampled_from(("manual", "approval")), votes=some.sampled_from((1, 1, 2)),
                starts=some.lists(some.sampled_from(STARTS), min_size=1, max_size=2), aimed=AIMED)  # fmt: skip
    def begin(self, mode: str, votes: int, starts: list[str], aimed: frozenset[int]) -> None:
        self.world = self.wait(World.made(self.receiver, mode=mode, approvals_needed=votes))
        for start in starts:
            self.wait(self.world.start(start, aimed))

    def post(self, which: int) -> int:
        return self.world.posts[which % len(self.world.posts)]

    @precondition(lambda self: len(self.world.posts) < 3)
    @rule(role=WHO, kind=some.sampled_from(("idea", "dated", "written", "past")), aimed=AIMED)
    def create(self, role: str, kind: str, aimed: frozenset[int]) -> None:
        self.attempt(self.world.create(role, kind, aimed))

    @precondition(lambda self: self.world.posts)
    @rule(which=WHICH, choice=some.integers(0, 9), role=EDITORS, at=MINUTES, again=some.booleans())
    def open_button(self, which: int, choice: int, role: str, at: int, again: bool) -> None:
        self.attempt(self.world.open_click(self.post(which), choice, role, at, again=again))

    @precondition(lambda self: self.world.posts)
    @rule(which=WHICH, name=some.sampled_from(sorted(VERBS)), role=WHO, at=MINUTES, stale=some.booleans(),
          wrong=some.booleans(), again=some.booleans())  # fmt: skip
    def any_button(self, which: int, name: str, role: str, at: int, stale: bool, wrong: bool, again: bool) -> None:
        self.attempt(self.world.click(self.post(which), name, role, at, stale=stale, wrong=wrong, again=again))

    @precondition(lambda self: self.world.posts)
    @rule(which=WHICH, role=WHO, words=some.sampled_from("abc"))
    def edit(self, which: int, role: str, words: str) -> None:
        self.attempt(self.world.edit(self.post(which), role, words))

    @precondition(lambda self: self.world.posts)
    @rule(which=WHICH, name=some.sampled_from(ANSWERS), role=EDITORS, choice=WHICH)
    def answer(self, which: int, name: str, role: str, choice: int) -> None:
        self.attempt(self.world.answer(self.post(which), name, role, choice))

    @precondition(lambda self: self.world.posts)
    @rule(which=WHICH, name=some.sampled_from([*JOBS, *SENDING]))
    def job(self, which: int, name: str) -> None:
        self.attempt(self.world.job(self.post(which), name))

    @precondition(lambda self: self.world.posts)
    @rule(which=WHICH, one=some.sampled_from([*JOBS, *SENDING]), other=some.sampled_from([*JOBS, *SENDING]))
    def two_jobs_at_once(self, which: int, one: str, other: str) -> None:
        self.attempt(self.world.at_once(self.post(which), one, other))

    @precondition(lambda self: self.world.posts)
    @rule()
    def sweep(self) -> None:
        self.attempt(self.world.sweep())

    @precondition(lambda self: self.world.posts)
    @rule(minutes=some.sampled_from((0, 2, 61)), trouble=some.sampled_from(("", "", *sorted(FAULTS))))
    def onward(self, minutes: int, trouble: str) -> None:
        """Workers that are there: everything due is done, and what that brought."""
        self.receiver.script.clear()
        self.receiver.play(*[FAULTS[trouble]] if trouble else [])
        self.attempt(self.world.pass_time(minutes))
        for _ in range(3):
            self.attempt(self.world.sweep())

    @precondition(lambda self: self.world.posts)
    @rule(which=WHICH, choice=some.integers(0, 3), at=some.sampled_from((1, 60)), again=some.booleans(),
          trouble=some.sampled_from(sorted(FAULTS)), times=some.integers(0, 4))  # fmt: skip
    def forward(self, which: int, choice: int, at: int, again: bool, trouble: str, times: int) -> None:
        """What people most often do next, workers that are there, and a platform that plays up."""
        self.attempt(self.world.forward(self.post(which), choice, at, again=again))
        self.receiver.script.clear()
        self.receiver.play(*[FAULTS[trouble]] * times)
        self.attempt(self.world.sweep())
        self.attempt(self.world.pass_time(2))
        self.attempt(self.world.sweep())

    @rule(minutes=some.sampled_from((1, 5, 61, 1441)))
    def time_passes(self, minutes: int) -> None:
        self.attempt(self.world.pass_time(minutes))

    @rule(name=some.sampled_from(sorted(FAULTS)), times=some.integers(1, 3))
    def trouble(self, name: str, times: int) -> None:
        self.receiver.play(*[FAULTS[name]] * times)

    @rule(what=some.sampled_from(("mend", "mend", "mend", "unfreeze", "unfreeze", "freeze")), which=WHICH)
    def admin_acts(self, what: str, which: int) -> None:
        admin = self.world.people["admin"]
        match what:
            case "freeze":
                self.attempt(freeze.freeze(by=admin))
            case "unfreeze":
                self.attempt(freeze.unfreeze(by=admin))
            case _:
                self.attempt(self.world.mend(which))

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.seen.update(self.wait(self.world.told()))

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "world"):
            assert self.wait(self.world.wrong()) == []


async def test_whatever_happens_the_invariants_hold(receiver: Receiver) -> None:
    Machine.loop, Machine.receiver = asyncio.get_running_loop(), receiver
    limits = settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    await asyncio.to_thread(run_state_machine_as_test, seed(SEED)(Machine), settings=limits)
    known = {"goal": "machine", "n": RUNS, "failures": 0, "seed": SEED}
    print(json.dumps(known | Machine.counted | {"moves": dict(Machine.seen.most_common())}))
    assert len(Machine.seen) > 20, "the machine came far enough to prove something"
