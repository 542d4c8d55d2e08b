"""Random kill -9 of two workers under load: 200 kills and more over 2,000 deliveries; nothing lost or repeated."""

import asyncio
import random
import signal

from tests.faults.load import world
from tests.faults.tally import Tally
from tests.rows import now
from tests.servers import Place

PAUSE = 1.5  # seconds from one kill to the next, on average: a worker lives about twice as long
HASTE = 0.8
LAG, LONG_LAG = 0.2, 0.6  # seconds of the platforms' delay; the few kills of the short run must meet calls all the same
WORKERS = 2


async def run(place: Place, tally: Tally, *, n: int, kills: int, hurry: bool = False) -> None:
    """`n` deliveries become due, spread over the time that the kills take.

    `hurry`: of few kills some must meet a call on a slow machine too, so a worker is only killed once it works.
    """
    dice, (pause, lag) = random.Random(tally.seed), (HASTE, LONG_LAG) if hurry else (PAUSE, LAG)
    async with world(place, tally.seed, lag=lag) as here:
        posts = -(-n // len(here.targets))
        first = await here.line_up(posts, kills * pause)
        await here.begin_work(WORKERS)
        await asyncio.sleep((first - now()).total_seconds())
        for _ in range(kills):
            chosen = dice.randrange(WORKERS)
            if hurry:
                await here.working(chosen)
            await asyncio.sleep(dice.uniform(0.2, 2 * pause - 0.2))
            await here.replace(chosen, signal.SIGKILL)
        await here.settled(90, hurry=hurry)
        tally.extra["kills"] = kills
        await here.judge(tally, f"{kills} kills", posts * len(here.targets))
