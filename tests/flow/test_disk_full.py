"""A full disk of the database: nothing is sent that cannot be written down, and what was sent is neither lost nor
sent again. PostgreSQL itself refuses, with the error it has for that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from app import sql
from app.database import insist
from app.flow import publish
from tests.flow.stage import attempts, only, pass_time, queued, rehearsal, status, statuses, webhook, work
from tests.platforms.receiver import Receiver

FULL = """
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF nextval('refusals') > {times} THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$
"""
FOR_GOOD = 10**9
BEFORE_THE_CALL, AFTER_IT = "INSERT ON attempt", "UPDATE OF outcome ON attempt"


@asynccontextmanager
async def full(write: str, *, times: int = FOR_GOOD) -> AsyncIterator[None]:
    """The next `times` writes of that kind find no room."""
    await sql.run("CREATE SEQUENCE refusals")  # counts on whatever is rolled back
    await sql.run(FULL.format(times=times))
    await sql.run(f"CREATE TRIGGER full_disk BEFORE {write} EXECUTE FUNCTION disk_full()")
    try:
        yield
    finally:
        await sql.run("DROP FUNCTION disk_full CASCADE")
        await sql.run("DROP SEQUENCE refusals")


async def test_what_cannot_be_written_down_is_not_sent(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    async with full(BEFORE_THE_CALL):
        with pytest.raises(asyncpg.DiskFullError):
            await publish.send((await only(post)).id)
    assert not receiver.requests()
    assert (await statuses(post), await attempts(post)) == (["pending"], [])
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects("publish")) == 1


async def test_an_outcome_waits_until_there_is_room(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that nobody can ask: what it said is known here and nowhere else."""
    monkeypatch.setattr(publish, "PAUSES", (0.01, 0.01))
    post = await queued(await rehearsal(receiver, "blind"))
    await publish.advance(post.id)
    async with full(AFTER_IT, times=4):
        await publish.send((await only(post)).id)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects("publish")) == 1


@pytest.mark.parametrize(("plays", "ends"), [("keyed", "published"), ("blind", "publish_failed")])
async def test_where_there_is_no_room_for_good_it_is_resolved_like_any_lost_answer(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, plays: str, ends: str
) -> None:
    monkeypatch.setattr(publish, "PAUSES", (0.01,))
    monkeypatch.setattr(publish, "insist", partial(insist, patience=0))
    post = await queued(await rehearsal(receiver, plays))
    await publish.advance(post.id)
    async with full(AFTER_IT):
        with pytest.raises(asyncpg.DiskFullError):
            await publish.send((await only(post)).id)
    assert await status(post) == "publishing"
    await pass_time(post, minutes=5)
    assert (await work(post)).status == ends
    assert len(receiver.log.effects("publish")) == 1
