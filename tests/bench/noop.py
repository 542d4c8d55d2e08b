"""arq by itself: how many jobs that do nothing one worker runs a second. Run as `-m tests.bench.noop COUNT`."""

import asyncio
import sys
import time
from typing import Any

from arq import create_pool
from arq.worker import Worker, func

from app import doorbell

QUEUE = "bench:noop"


async def nothing(context: dict[str, Any], row: int) -> None:
    """Does what its name says."""


async def run(count: int) -> None:
    pool = await create_pool(doorbell.redis_settings(), default_queue_name=QUEUE)
    for number in range(count):
        await pool.enqueue_job("nothing", number)
    worker = Worker(
        functions=[func(nothing, name="nothing")], queue_name=QUEUE, redis_settings=doorbell.redis_settings(),
        handle_signals=False, burst=True, keep_result=0, max_tries=1, max_jobs=10, poll_delay=0.1,
    )  # fmt: skip
    began = time.perf_counter()
    await worker.async_run()
    print(worker.jobs_complete, time.perf_counter() - began)
    await worker.close()
    await pool.aclose()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
