"""What the worker forgets every day: sessions nobody can use, counts no limit looks at."""

import asyncio

from app import sql, worker
from tests.makers import make_person, make_team

SESSION = (
    "INSERT INTO session (token_sha256, person, created_at, seen_at, expires_at)"
    " VALUES ($1, $2, now(), now() - $3::text::interval, now() + interval '1 day')"
)
COUNT = "INSERT INTO throttle (key, window_at, hits) VALUES ($1, now() - $2::text::interval, 1)"


async def test_the_daily_verbs_forget_what_nobody_can_use_any_more() -> None:
    await make_team()
    person = await make_person()
    for token, idle in ((b"old", "13 hours"), (b"new", "1 minute")):
        await sql.run(SESSION, token, person.id, idle)
    for key, ago in (("old", "26 hours"), ("new", "1 minute")):
        await sql.run(COUNT, key, ago)
    stop = asyncio.Event()
    forgets = tuple(verb for verb in worker.DAILY if verb.__name__ == "forget_old")
    asyncio.get_running_loop().call_later(0.5, stop.set)
    async with asyncio.timeout(5):
        await worker.every(0.1, forgets, stop)
    assert [record["token_sha256"] for record in await sql.rows("SELECT token_sha256 FROM session")] == [b"new"]
    assert [record["key"] for record in await sql.rows("SELECT key FROM throttle")] == ["new"]
