"""The count of one goal: every trial, every failure with how to repeat it, and the one line it prints."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    goal: str
    seed: int = 0
    n: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0  # seconds until something struck was over
    loud: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    def count(self, name: str, wrong: Sequence[str] = (), *, seconds: float = 0.0, trials: int = 1) -> None:
        """One trial (or several judged together); `wrong` empty means that it held."""
        self.n += trials
        self.slowest = max(self.slowest, seconds)
        self.fail(name, wrong)
        if self.loud:
            print(f"{'BAD ' if wrong else 'ok  '} {name} {seconds:.1f} s", file=sys.stderr, flush=True)

    def fail(self, name: str, wrong: Sequence[str]) -> None:
        for sentence in wrong:
            self.wrong.append(f"{name}: {sentence}")
            print(f"FAILED {name}: {sentence}", file=sys.stderr, flush=True)

    def line(self) -> str:
        known = {"goal": self.goal, "n": self.n, "failures": len(self.wrong), "seed": self.seed}
        return json.dumps(known | {"slowest": round(self.slowest, 1)} | self.extra)
