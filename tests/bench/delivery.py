"""Run by hand: `python -m tests.bench.delivery [--posts 1000] [--most 1000000]`. Deliveries, and what a sweep costs."""

import argparse
import asyncio
import os
import statistics
import sys
import time
from subprocess import DEVNULL, PIPE, Popen

from tests import servers
from tests.bench.pages import free_port, process

LEAST_RATE, LEAST_SHARE, FLAT = 60, 0.4, 1.5
SIZES = (1_000, 10_000, 100_000, 1_000_000)
CHANNELS = 5
QUIET = 3.0  # seconds for what storing set off to end


async def bench(posts: int, most: int) -> int:
    place, sink = servers.announce(), free_port()
    os.environ.update(PUBLIC_URL="http://localhost:1", ALLOW_PRIVATE_HOSTS=f"127.0.0.1:{sink}", LOG_LEVEL="WARNING")
    from app.database import pooled
    from app.migrate import migrate

    taker = process("tests.bench.sink", str(sink))
    try:
        async with servers.running(place.folder):
            await migrate()
            async with pooled():
                clear = await deliveries(posts, f"http://127.0.0.1:{sink}/hook")
                return 0 if await sweeps(most) and clear else 1
    finally:
        taker.kill()
        taker.wait()
        servers.forget(place)


async def deliveries(posts: int, url: str) -> bool:
    """The worker, the same by hand, and arq alone; True when the bars were cleared."""
    await seeded(url)
    by_hand = told(await lined_up(posts), "tests.bench.by_hand", url)
    ours = await worked(await lined_up(posts))
    alone = told(posts, "tests.bench.noop", str(posts))
    print(f"{'':26}{'n':>7}{'seconds':>9}{'per s':>8}{'to by hand':>12}{'bar':>8}")
    for name, (count, seconds), bar in (
        ("the worker", ours, f"{LEAST_RATE}/s"), ("the same by hand", by_hand, ""), ("arq, doing nothing", alone, ""),
    ):  # fmt: skip
        rate = count / seconds
        print(f"{name:26}{count:>7}{seconds:>9.2f}{rate:>8.0f}{rate / (by_hand[0] / by_hand[1]):>12.2f}{bar:>8}")
    rate = ours[0] / ours[1]
    return ours[0] == posts and rate >= LEAST_RATE and rate >= LEAST_SHARE * by_hand[0] / by_hand[1]


async def seeded(url: str) -> None:
    from app import channels
    from tests.makers import make_channel, make_person, make_team

    await make_team()
    await make_person("editor")
    for _ in range(CHANNELS):
        channel = await make_channel("webhook", settings={"url": url})
        await channels._keep_secrets(channel.id, {"secret": "whsec_" + "c2VjcmV0" * 4})


async def lined_up(posts: int) -> int:
    """Posts approved and lined up by the product's own verbs, to go out now."""
    from app import sql
    from app.flow import schedule
    from app.lifecycles.machine import By
    from app.tables import Channel, Person
    from tests.makers import make_post

    channels, person = await Channel.objects(), await Person.objects().first()
    assert person is not None
    by = By("person", person=person.id, role="editor")
    for number in range(posts):
        post = await make_post("approved", channels=[channels[number % CHANNELS]], by=person, title=f"Tide {number}")
        await schedule.line_up(post, None, by=by)
    await sql.run("VACUUM ANALYZE")
    return posts


def told(posts: int, *words: str) -> tuple[int, float]:
    """What a process prints: how many, and in how many seconds."""
    with Popen([sys.executable, "-m", *words], env=os.environ, stdout=PIPE, stderr=DEVNULL, text=True) as child:
        said = child.communicate()[0].split()
    assert child.returncode == 0 and int(said[-2]) == posts, said
    return int(said[-2]), float(said[-1])


async def worked(posts: int) -> tuple[int, float]:
    """One worker process takes everything; from its first attempt to its last settled publication."""
    from app import sql

    done = "SELECT count(*) FROM publication WHERE status = 'completed'"
    before = await sql.value(done)
    worker = process("app.commands", "worker")
    try:
        for _ in range(1200):
            if await sql.value(done) - before >= posts:
                break
            await asyncio.sleep(0.25)
        last = "SELECT extract(epoch FROM max(ended_at) - min(opened_at)) FROM attempt WHERE id > $1"
        seen = await sql.value("SELECT max(id) - $1 FROM attempt", posts)
        return await sql.value(done) - before, float(await sql.value(last, seen))
    finally:
        worker.terminate()
        worker.wait(30)


async def sweeps(most: int) -> bool:
    """What looking for due work costs when nothing is due, however much is stored."""
    from app import sql
    from app.worker import SWEEPS
    from tests.bench.archive import fill

    taken: list[float] = []
    print(f"\n{'stored posts':>14}{'sweep ms':>10}{'to first':>10}{'bar':>6}")
    for size in (size for size in SIZES if size <= most):
        await fill(size)
        for settled in ("VACUUM ANALYZE", "CHECKPOINT"):
            await sql.run(settled)
        os.sync()  # what was stored is written out now and not while we measure
        await asyncio.sleep(QUIET)
        taken.append(await median(SWEEPS))
        print(f"{size:>14,}{taken[-1]:>10.2f}{taken[-1] / taken[0]:>10.2f}{FLAT:>6}")
    return max(taken) / min(taken) <= FLAT


async def median(verbs: tuple) -> float:  # type: ignore[type-arg]
    """Milliseconds of one round of all sweeps."""
    rounds = []
    for number in range(60):
        began = time.perf_counter()
        for verb in verbs:
            await verb()
        if number >= 10:
            rounds.append((time.perf_counter() - began) * 1000)
    return statistics.median(rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--most", type=int, default=1_000_000)
    options = parser.parse_args()
    raise SystemExit(asyncio.run(bench(options.posts, options.most)))
