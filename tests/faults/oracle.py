"""The platforms in a process of their own: three classes, scripted faults, an fsynced log of effects = the truth.

`python -m tests.faults.oracle --log FILE --lag 0.2` prints its address and its webhook secret. `POST /_first` (a Fault
as JSON) is what happens to the first request of every post from then on; the rest as tests/platforms/receiver.py.
"""

import argparse
import asyncio
import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.platforms.faults import Fault, http
from tests.platforms.receiver import Receiver, say
from tests.platforms.shelf import Asked

TOKEN = "rehearsal-token"


class Oracle(Receiver):
    """A receiver that may answer late, and that can treat the first request of every post in its own way."""

    def __init__(self, log: Path | None = None, *, lag: float = 0.0, seed: int = 0) -> None:
        super().__init__(log, token=TOKEN)
        self.lag, self.first = lag, Fault("none")
        self.met: set[str] = set()
        self._dice = random.Random(seed)

    def _next(self, asked: Asked) -> Fault:
        scripted = super()._next(asked)
        if scripted.kind != "none" or asked.method == "GET" or asked.json.get("type") == "ping":
            return scripted
        about = asked.key or sha256(asked.body).hexdigest()
        if self.first.kind != "none" and about not in self.met:
            self.met.add(about)
            return self.first
        return Fault("slow", seconds=self._dice.random() * self.lag) if self.lag else scripted

    async def _play(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Half of the lag lies before the effect, half after it."""
        await asyncio.sleep(self._dice.random() * self.lag)
        await super()._play(asked, writer)

    async def _control(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path == "/_first":
            self.met.clear()
            self.first = Fault(**asked.json)
            await say(http(200, b"{}"), writer)
        else:
            await super()._control(asked, writer)


def read(log: Path) -> list[dict[str, Any]]:
    """What the log says now, also while the oracle writes it: whole lines only."""
    lines = log.read_text().split("\n")[:-1] if log.exists() else []
    return [json.loads(line) for line in lines]


def effects(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["kind"] == "effect"]


async def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--lag", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    oracle = await Oracle(given.log, lag=given.lag, seed=given.seed).start()
    print(f"listening {oracle.origin} {oracle.shelf.secret}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
