"""Run by hand: `python -m tests.bench.punctuality [--posts 120] [--at-once 500]`. Seconds from due to attempt."""

import argparse
import asyncio
import os
from datetime import timedelta

from tests import servers
from tests.bench.delivery import seeded
from tests.bench.pages import free_port, process

SPREAD = 60.0  # seconds over which the posts become due, one after another
BARS = {"one after another": (3.0, 8.0), "all at once": (60.0, 60.0)}  # p50 and p99, of G11
LATE = """
SELECT percentile_cont(ARRAY[0, 0.5, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM a.opened_at - u.due_at))
FROM attempt a JOIN delivery d ON d.id = a.delivery JOIN publication u ON u.id = d.publication
WHERE a.number = 1 AND a.id > $1
"""


async def bench(posts: int, at_once: int) -> int:
    place, sink = servers.announce(), free_port()
    os.environ.update(PUBLIC_URL="http://localhost:1", ALLOW_PRIVATE_HOSTS=f"127.0.0.1:{sink}", LOG_LEVEL="CRITICAL")
    from app.database import pooled
    from app.migrate import migrate

    taker = process("tests.bench.sink", str(sink))
    try:
        async with servers.running(place.folder):
            await migrate()
            async with pooled():
                await seeded(f"http://127.0.0.1:{sink}/hook")
                worker = process("app.commands", "worker")
                try:
                    print(f"{'':20}{'n':>6}{'least s':>9}{'p50 s':>8}{'p99 s':>8}{'most s':>8}{'bars':>14}")
                    good = await measured("one after another", posts, SPREAD / posts)
                    return 0 if await measured("all at once", at_once, 0.0) and good else 1
                finally:
                    worker.terminate()
                    worker.wait(30)
    finally:
        taker.kill()
        taker.wait()
        servers.forget(place)


async def measured(name: str, posts: int, step: float) -> bool:
    """Line posts up, wait until every one was begun, print how late; never before its time."""
    from app import sql
    from app.flow import schedule
    from app.lifecycles.machine import By
    from app.tables import Channel, Person
    from tests.makers import make_post
    from tests.rows import now

    channels, person = await Channel.objects(), await Person.objects().first()
    assert person is not None
    by = By("person", person=person.id, role="editor")
    first, before = now(seconds=posts * 0.03 + 5), await sql.value("SELECT coalesce(max(id), 0) FROM attempt")
    for number in range(posts):
        post = await make_post("approved", channels=[channels[number % len(channels)]], by=person)
        await schedule.line_up(post, first + timedelta(seconds=step * number), by=by)
    begun = "SELECT count(DISTINCT delivery) FROM attempt WHERE id > $1"
    while await sql.value(begun, before) < posts:  # noqa: ASYNC110 - the worker is another process
        await asyncio.sleep(0.5)
    least, middle, high, most = await sql.value(LATE, before)
    bars = BARS[name]
    print(f"{name:20}{posts:>6}{least:>9.2f}{middle:>8.2f}{high:>8.2f}{most:>8.2f}{bars[0]:>7.0f}{bars[1]:>7.0f}")
    return bool(least >= 0 and middle <= bars[0] and high <= bars[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=120)
    parser.add_argument("--at-once", type=int, default=500)
    options = parser.parse_args()
    raise SystemExit(asyncio.run(bench(options.posts, options.at_once)))
