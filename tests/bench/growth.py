"""Run by hand: `python -m tests.bench.growth [--sizes 10000,200000] [--seconds 5]`. Each page at both sizes.

What grows are the years (tests/bench/years.py): a day holds as many posts on the small desk as on the large one, and
half of what is not in the archive waits for somebody. Four connections ask; the bars are for the server's p95.
"""

import argparse
import asyncio
import os
from datetime import date
from itertools import islice
from subprocess import Popen

from tests import servers
from tests.bench import pages
from tests.bench.load import load

PAGE, PARTIAL, GROWTH = 150.0, 80.0, 1.5
VIEWS = {
    "inbox": "/inbox",
    "calendar, month": "/calendar",
    "calendar, week": "/calendar?view=week",
    "calendar, list": "/calendar?view=list",
    "list": "/posts",
    "list, filtered": "/posts?group=review&channel=1&sort=updated",
    "list, searched": "/posts?q=tides",
    "list, rare word": "/posts?q=eels",
    "list, one day": "/posts?date={day}",
    "campaigns": "/campaigns",
    "campaign": "/campaigns/1",
    "log": "/log",
    "log, failures": "/log?outcome=failed",
    "forecast": "/forecast",
    "library": "/library",
    "channels": "/channels",
    "item": "/posts/7",
}
VIEWS |= {f"list by {column}": f"/posts?sort={column}" for column in ("title", "status", "publishes", "owner")}
PARTIALS = {"card": "/posts/7/card", "confirm": "/posts/{review}/moves/reject", "presence": "/posts/7/presence"}


async def bench(small: int, large: int, seconds: float) -> int:
    place = servers.announce()
    port = pages.free_port()
    os.environ.update(PUBLIC_URL=f"http://localhost:{port}", PORT=str(port), HOST="127.0.0.1", LOG_LEVEL="WARNING")
    from app.database import pooled
    from app.migrate import migrate
    from tests.bench.years import fill

    try:
        async with servers.running(place.folder):
            await migrate()
            async with pooled():
                await fill(small)
                web = pages.process("app.commands", "web")
                return await _both(web, port, large, seconds)
    finally:
        servers.forget(place)


async def _both(web: Popen[bytes], port: int, large: int, seconds: float) -> int:
    from tests.bench.years import fill

    try:
        await pages.serving(port, "/health")
        before = await _measured(port, seconds)
        await fill(large)
        code = report(before, await _measured(port, seconds))
        print(f"memory of the web process: {await _worked(web, port):.0f} MiB after 1,000 more pages")
        return code
    finally:
        web.terminate()
        web.wait(30)


async def _worked(web: Popen[bytes], port: int) -> float:
    """What the process holds after a thousand pages of every kind, the large ones too."""
    headers = {name: value for name, value in (await pages.signed_in()).items() if name != "HX-Request"}
    paths = [path.format(day=date.today()) for path in VIEWS.values()]
    await load("memory", port, lambda: islice(pages.forever(*paths)(), 1000), seconds=600, headers=headers)
    return pages.resident(web.pid)


async def _measured(port: int, seconds: float) -> dict[str, tuple[float, int]]:
    """The p95 in milliseconds of each view and partial, and how many answers were no 200."""
    from tests.bench.seeds import approvable

    headers, review = await pages.signed_in(), (await approvable(1))[0][0]
    plain = {name: value for name, value in headers.items() if name != "HX-Request"}
    found = {}
    for name, template in {**VIEWS, **PARTIALS}.items():
        path = template.format(review=review, day=date.today())
        known = headers if name in PARTIALS else plain
        await load("warm", port, pages.forever(path), seconds=0.5, headers=known)
        result = await load(name, port, pages.forever(path), seconds=seconds, headers=known)
        found[name] = (result.percentile(0.95), sum(n for status, n in result.statuses.items() if status != 200))
    return found


def report(before: dict[str, tuple[float, int]], after: dict[str, tuple[float, int]]) -> int:
    """Print the table; the exit code says whether every bar was cleared."""
    clear = True
    print(f"{'p95, ms':18}{'small':>9}{'large':>9}{'growth':>9}{'bar':>7}  others")
    for name, (small, wrong) in before.items():
        large, more_wrong = after[name]
        bar = PARTIAL if name in PARTIALS else PAGE
        # Below 10 ms the growth is noise of the machine.
        good = large <= bar and (large <= 10 or large <= small * GROWTH) and not wrong + more_wrong
        clear = clear and good
        mark = "" if good else "  OVER"
        print(f"{name:18}{small:>9.1f}{large:>9.1f}{large / small:>9.2f}{bar:>7.0f}  {wrong + more_wrong or ''}{mark}")
    print(f"bars: pages {PAGE:.0f} ms, partials {PARTIAL:.0f} ms, growth {GROWTH} times")
    return 0 if clear else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,200000")
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    first, second = map(int, options.sizes.split(","))
    raise SystemExit(asyncio.run(bench(first, second, options.seconds)))
