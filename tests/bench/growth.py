"""Run by hand: `python -m tests.bench.growth [--sizes 10000,200000] [--seconds 5]`. Each page at both sizes.

The busy posts stay the same (all statuses, three channels, four revisions each); what grows is the archive behind
them, as it does in years of work. Four connections ask; the bars are for the server's p95.
"""

import argparse
import asyncio
import os
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
    "campaigns": "/campaigns",
    "campaign": "/campaigns/1",
    "log": "/log",
    "forecast": "/forecast",
    "library": "/library",
    "channels": "/channels",
    "item": "/posts/7",
}
PARTIALS = {"card": "/posts/7/card", "confirm": "/posts/{review}/moves/reject", "presence": "/posts/7/presence"}
OLD = (
    "UPDATE post SET planned_on = planned_on - 100, campaign = 21 + (id - $1) / 200 WHERE id >= $1",
    "INSERT INTO post_channel (post, channel) SELECT p.id, c.id FROM post p CROSS JOIN channel c WHERE p.id >= $1",
    "INSERT INTO revision (post, number, title, slug, excerpt, body, body_html, body_sha256, origin, person)"
    " SELECT id, k, title, 'tide-' || id, '', 'Twice a day.', '<p>Twice a day.</p>', sha256('x'), 'edited', 1"
    " FROM post CROSS JOIN generate_series(2, 4) k WHERE id >= $1",
    "INSERT INTO event (at, about, about_id, version, post, move, to_status, by_kind, person)"
    " SELECT now() - interval '100 days' - (id - $1) * interval '1 minute', 'post', id, v, id, 'edit', 'published',"
    " 'person', 1 FROM post CROSS JOIN generate_series(1, 3) v WHERE id >= $1",
)


async def bench(small: int, large: int, seconds: float) -> int:
    place = servers.announce()
    port = pages.free_port()
    os.environ.update(PUBLIC_URL=f"http://localhost:{port}", PORT=str(port), HOST="127.0.0.1", LOG_LEVEL="WARNING")
    from app.database import pooled
    from app.migrate import migrate
    from tests.bench.seeds import seed

    try:
        async with servers.running(place.folder):
            await migrate()
            async with pooled():
                await seed(small)
                web = pages.process("app.commands", "web")
                return await _both(web, port, large - small, seconds)
    finally:
        servers.forget(place)


async def _both(web: Popen[bytes], port: int, more: int, seconds: float) -> int:
    try:
        await pages.serving(port, "/health")
        before = await _measured(port, seconds)
        await _grow(more)
        return report(before, await _measured(port, seconds))
    finally:
        web.terminate()
        web.wait(30)


async def _grow(more: int) -> None:
    """Years of published posts behind the busy ones."""
    from app import sql
    from app.atomic import atomic
    from tests.bench import archive

    await archive.fill(more)
    async with atomic():
        await sql.run("SET LOCAL statement_timeout = 0")
        await sql.run("SELECT setval(pg_get_serial_sequence('revision', 'id'), (SELECT max(id) FROM revision))")
        await sql.run("INSERT INTO campaign (title) SELECT 'Old ' || n FROM generate_series(0, $1 / 200) n", more)
        for statement in OLD:
            await sql.run(statement, archive.FIRST)
    await sql.run("VACUUM ANALYZE")


async def _measured(port: int, seconds: float) -> dict[str, tuple[float, int]]:
    """The p95 in milliseconds of each view and partial, and how many answers were no 200."""
    from tests.bench.seeds import approvable

    headers, review = await pages.signed_in(), (await approvable(1))[0][0]
    plain = {name: value for name, value in headers.items() if name != "HX-Request"}
    found = {}
    for name, template in {**VIEWS, **PARTIALS}.items():
        path = template.format(review=review)
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
