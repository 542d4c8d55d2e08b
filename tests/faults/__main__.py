"""`python -m tests.faults GOAL [--n N] [--seed S] [--kills K] [--lanes L]`: one JSON line {goal, n, failures, seed}.

Goals: boundaries (--only "publish kill keyed", --hurry, --most M), kills, lost, flush, redis, postgres, half-open,
sigterm, races, forgeries, shuffles. Each brings servers of its own; what failed is told on standard error with what
repeats it.
"""

import argparse
import asyncio
import json
import random
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from pkgutil import resolve_name
from typing import Any

from tests import servers
from tests.faults.tally import Tally

# By name: what they import reads the environment, which has to name this run's servers first.
GOALS = {
    "boundaries": "tests.faults.boundaries:run", "kills": "tests.faults.kills:run", "lost": "tests.faults.lost:run",
    "flush": "tests.faults.storms:flush", "redis": "tests.faults.storms:redis",
    "postgres": "tests.faults.storms:postgres", "half-open": "tests.faults.storms:half_open",
    "sigterm": "tests.faults.storms:sigterm", "races": "tests.faults.races:run",
    "forgeries": "tests.faults.forgeries:run", "shuffles": "tests.faults.shuffles:run",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("goal", choices=GOALS)
    parser.add_argument("--n", type=int, default=0, help="trials (deliveries, for kills); 0: what the goal asks for")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--kills", type=int, default=0, help="kills: how many kill -9; 0: 200")
    parser.add_argument("--lanes", type=int, default=1, help="boundaries: how many databases side by side")
    parser.add_argument("--part", default="1/1", help="boundaries: which share of the combinations")
    parser.add_argument("--only", default="", help="boundaries: flow, crash and class, any of them")
    parser.add_argument("--most", type=int, default=0, help="boundaries: at most so many cases of each combination")
    parser.add_argument("--hurry", action="store_true", help="leases lapse at once: no claim about seconds")
    parser.add_argument("--loud", action="store_true", help="tell every trial")
    given = parser.parse_args()
    tally = asyncio.run(side_by_side(given) if given.lanes > 1 else alone(given))
    print(tally.line(), flush=True)
    return 1 if tally.wrong else 0


async def alone(given: argparse.Namespace) -> Tally:
    """The goal in this process, on servers that are gone afterwards."""
    tally = Tally(given.goal, given.seed, loud=given.loud)
    place = servers.announce()
    try:
        await resolve_name(GOALS[given.goal])(place, tally, **_options(given))
    finally:
        servers.forget(place)
    return tally


def _options(given: argparse.Namespace) -> dict[str, Any]:
    match given.goal:
        case "boundaries":
            return {"only": given.only, "part": given.part, "hurry": given.hurry, "most": given.most}
        case "kills":
            return {"n": given.n or 2000, "kills": given.kills or 200, "hurry": given.hurry}
        case _:
            return {"n": given.n}


async def side_by_side(given: argparse.Namespace) -> Tally:
    """The parts of one goal in processes of their own; their lines are added up."""
    words = [given.goal, "--seed", str(given.seed), "--only", given.only, "--most", str(given.most)]
    words += [f"--{name}" for name in ("hurry", "loud") if getattr(given, name)]
    tally = Tally(given.goal, given.seed)
    parts = [[*words, "--part", f"{part}/{given.lanes}"] for part in range(1, given.lanes + 1)]
    for line in await asyncio.gather(*(_part(one) for one in parts)):
        said = json.loads(line)
        tally.count("a lane", seconds=said["slowest"], trials=said["n"])
        tally.wrong += ["told above"] * said["failures"]
        tally.extra["unreached"] = tally.extra.get("unreached", 0) + said.get("unreached", 0)
    return tally


async def _part(words: list[str]) -> str:
    child = await create_subprocess_exec(sys.executable, "-m", "tests.faults", *words, stdout=PIPE)
    printed, _ = await child.communicate()
    return printed.decode().strip() or '{"slowest": 0, "n": 0, "failures": 1}'


if __name__ == "__main__":
    sys.exit(main())
