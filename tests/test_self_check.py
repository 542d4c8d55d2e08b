"""The eight rules over our own rows: silent on what verbs leave, loud on each thing that only SQL can break."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app import content, self_check, sql, worker
from app.atomic import atomic
from app.content import Text
from app.flow import draw, generate, plan, recall, review, schedule
from app.self_check_queries import CHECKS
from app.tables import Channel, Post
from app.times import planned
from tests.flow import stage
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.makers import make_channel, make_team
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

__all__ = ["impatient", "receiver", "rehearsals", "team"]

COPY = (
    "alter table delivery drop constraint delivery_once_a_channel; drop index delivery_one_standing;"
    " insert into delivery (publication, post, channel, kind, status, key, live_seal, published_at)"
    " select publication, post, channel, kind, status, 'again', live_seal, published_at from delivery"
)
UNWATCHED = "alter table {0} drop constraint {1}; update {0} set {2}"
LONG_AGO = "; update event set at = at - interval '2 minutes'"
# What is broken, by the rule that must see it. Each starts from a post that is really live on one channel.
BROKEN = [
    ("two_standing", COPY),
    ("settled_unheard", "delete from attempt"),
    ("settled_unheard",
     "update attempt set ended_at = null, outcome = null, lease_until = now() - interval '16 minutes'"),
    ("settled_unheard", "update delivery set status = 'pending', next_at = now()"),
    ("status_astray", "update post set status = 'publishing'"),
    ("status_astray", "update post set status = 'scheduled'"),
    ("status_astray", "update publication set status = 'scheduled', completed_at = null"),
    ("status_astray",
     "update post set status = 'publishing'; update publication set status = 'scheduled', completed_at = null"
     + LONG_AGO),
    ("status_astray", "update delivery set status = 'failed', error_kind = 'unexpected'"),
    ("status_astray", "update post set status = 'publish_failed'" + LONG_AGO),
    ("event_gap", "update post set version = version + 1"),
    ("event_gap", "update delivery set version = version + 1"),
    ("event_gap", "update publication set version = version - 1"),
    ("event_gap", "delete from event where about = 'delivery' and move = 'confirm'"),
    ("event_gap", "insert into event (about, about_id, version, post, move, by_kind)"
                  " select 'post', id, 99, id, 'x', 'worker' from post"),
    ("forgotten", UNWATCHED.format("delivery", "delivery_working_is_watched", "status = 'sending', next_at = null")),
    ("forgotten", "update publication set status = 'scheduled', completed_at = null;"
                  " update delivery set status = 'pending', next_at = null"),
    ("forgotten", UNWATCHED.format("publication", "publication_pending_is_watched",
                                   "status = 'pending', completed_at = null")),
    ("forgotten", "update post set status = 'generating'"),
    ("forgotten", "alter table recall drop constraint recall_open_is_watched;"
                  " insert into recall (post, move) select id, 'unpublish' from post"),
    ("unsealed", "delete from seal"),
    ("unsealed", "update seal set post = -1"),
    ("unsealed", "update seal set voided_at = now() - interval '1 day'"),
    ("unsealed", "update attempt set request_sha256 = null"),
    ("unsealed", "insert into seal (post, revision, digest, content, by_kind, voided_at) select post, revision,"
                 " sha256('{}'), '{}', 'autopilot', now() from seal;"
                 " update delivery set live_seal = (select max(id) from seal)"),
    ("too_early", "update publication set due_at = now() + interval '1 hour'"),
    ("unearned_charge", "insert into charge (generation, month) values (-1, '2026-11-01')"),
    ("unearned_charge",
     "insert into generation (post, number, writer, ended_at, result) select id, 1, 'outline', now(), 'failed'"
     " from post; insert into charge (generation, month) select id, '2026-11-01' from generation"),
]  # fmt: skip


NOWHERE = "values (-1, '2026-11-01')"  # a charge that leads to no post is found by the look at everything


class Undo(Exception):
    """Ends a transaction whose changes nobody wants."""


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """Break whatever is needed in here, past the schema's own rules; afterwards nothing happened."""
    try:
        async with atomic():
            await sql.run("set local session_replication_role = replica")
            yield
            raise Undo
    except Undo:
        pass


async def names() -> set[str]:
    await self_check.look_over()
    return {breach.name for breach in await self_check.standing()}


def test_there_are_eight_rules_and_each_is_broken_here() -> None:
    assert len({check.name for check in CHECKS}) == 8
    assert {name for name, _ in BROKEN} == {check.name for check in CHECKS}


@pytest.mark.parametrize(("name", "breaks"), BROKEN, ids=[f"{name}-{n}" for n, (name, _) in enumerate(BROKEN)])
async def test_a_broken_rule_is_seen(name: str, breaks: str, receiver: Receiver) -> None:
    await made(await stage.webhook(receiver))
    assert await names() == set()
    async with undone():
        async with sql.connection() as here:
            await here.execute(breaks)
        await self_check.look_lately()
        lately = {breach.name for breach in await self_check.standing() if breach.post}
        seen = await names()
        assert name in seen and lately <= seen
        assert name in lately or breaks.endswith(NOWHERE)
    assert await names() == set()


async def test_a_look_at_what_is_new_closes_what_it_saw_mended_and_leaves_the_rest(receiver: Receiver) -> None:
    post = await made(await stage.webhook(receiver))
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
    await sql.run("INSERT INTO breach (name, about, about_id, note) VALUES ('unearned_charge', 'charge', -1, 'none')")
    assert await self_check.look_lately() == 2
    await sql.run("UPDATE post SET version = version - 1 WHERE id = $1", post.id)
    assert await self_check.look_lately() == 1
    assert await self_check.look_over() == 0


async def test_what_nothing_happened_to_is_looked_at_every_hour_only(receiver: Receiver) -> None:
    post = await made(await stage.webhook(receiver))
    async with undone():
        await sql.run("UPDATE event SET at = at - interval '1 day'")
        await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
        assert await self_check.look_lately() == 0
        assert await self_check.look_over() == 1
        assert await self_check.look_lately() == 1


async def made(*targets: Channel, at: datetime | None = None) -> Post:
    """A post that came here by verbs alone, so that its events are whole; lined up, and sent if its time has come."""
    await make_team(self_approval="always")
    by = await stage.somebody()
    text = Text("Tides", "They come twice a day.", "Twice a day.")
    wanted = plan.Plan("Tides", planned(None, None, "UTC"), channels=tuple(c.id for c in targets), text=text)
    post = await plan.create(wanted, by=by)
    post = (await review.approve(post, await stage.digest(post), by=by)).post
    return await stage.work(await schedule.line_up(post, at, by=by))


async def test_a_whole_story_breaks_no_rule(receiver: Receiver) -> None:
    by = await stage.somebody()
    post = await made(await stage.rehearsal(receiver), await stage.webhook(receiver))
    before = await content.load(post.revision)
    text = Text(before.title, "They come and go.", before.excerpt, before.slug)
    post = await stage.work(await schedule.publish_changes(await review.save(post, text, by=by), by=by))
    assert (post.status, await names()) == ("published", set())
    await recall.unpublish(post, by=by)
    post = await stage.work(post)
    assert (post.status, await names()) == ("unpublished", set())
    assert (await stage.work(await schedule.line_up(post, None, by=by))).status == "published"
    assert await names() == set()


async def test_what_waits_fails_and_is_taken_back_breaks_no_rule(receiver: Receiver) -> None:
    by, channel = await stage.somebody(), await stage.rehearsal(receiver, "blind", schedules=True)
    post = await made(channel, at=stage.soon())
    assert (await stage.statuses(post), await names()) == (["handed_off"], set())
    await schedule.reschedule(post, stage.soon(hours=3), by=by)
    post = await stage.work(post)
    assert await names() == set()
    await schedule.unschedule(post, by=by)
    post = await stage.work(post)
    assert (post.status, await names()) == ("approved", set())
    receiver.play(Fault("hold"))
    post = await stage.work(await schedule.line_up(post, None, by=by))
    assert (await stage.statuses(post), await names()) == (["canceled", "unconfirmed"], set())


async def test_what_is_written_and_charged_breaks_no_rule() -> None:
    by, channel = await stage.somebody(), await make_channel("site")
    wanted = plan.Plan("Tides", planned(None, None, "UTC"), brief="Tides come twice a day.", channels=(channel.id,))
    post = await plan.create(wanted, by=by)
    when = planned(datetime.now(UTC).date() + timedelta(days=1), None, "UTC")
    post = await generate.start(await plan.set_date(post, when, by=by), by=by)
    assert await names() == set()
    await generate.write(post.id)
    assert await names() == set()
    await draw.draw(post.id)
    assert await sql.value("SELECT count(*) FROM charge") == 1
    assert ((await plan.load(post.id)).status, await names()) == ("generated_pending_review", set())


async def test_what_the_sweep_is_about_to_close_is_no_breach_yet(receiver: Receiver) -> None:
    await made(await stage.webhook(receiver))
    left = "update post set status = 'publishing'; update publication set status = 'scheduled', completed_at = null"
    async with undone(), sql.connection() as here:
        await here.execute(left)
        assert await names() == set()
        await here.execute(LONG_AGO.removeprefix("; "))
        assert await names() == {"status_astray"}


async def test_a_breach_is_told_once_kept_while_it_lasts_and_closed_when_it_is_gone(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    post = await made(await stage.webhook(receiver))
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
    with caplog.at_level(logging.ERROR, "galley.self_check"):
        assert [await self_check.look_over() for _ in range(3)] == [1, 1, 1]
    told = [record.message for record in caplog.records]
    assert len(told) == 1 and told[0].startswith("Self-check event_gap") and f"post {post.id}" in told[0]
    breach = (await self_check.standing())[0]
    assert (breach.about, breach.about_id, breach.post) == ("post", post.id, post.id)
    await sql.run("UPDATE post SET version = version - 1 WHERE id = $1", post.id)
    assert (await self_check.look_over(), await self_check.standing()) == (0, [])
    assert await sql.value("SELECT gone_at >= last_seen_at AND last_seen_at > first_seen_at FROM breach")


async def test_of_two_workers_one_checks(receiver: Receiver) -> None:
    post = await made(await stage.webhook(receiver))
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
    async with atomic():
        await sql.value("SELECT pg_advisory_xact_lock($1)", self_check.LOCK)
        elsewhere = contextvars.Context().run(asyncio.create_task, self_check.look_over())
        assert await elsewhere == 0
    assert await self_check.look_over() == 1


async def test_readiness_tells_breaches_and_stays_ready(client: httpx.AsyncClient, receiver: Receiver) -> None:
    post = await made(await stage.webhook(receiver))
    assert (await client.get("/ready")).json()["breaches"] == 0
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
    await self_check.look_over()
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()["status"], answer.json()["breaches"]) == (200, "ok", 1)


async def test_the_worker_checks_every_minute_and_everything_every_hour() -> None:
    assert self_check.look_lately in worker.DAILY and worker.DAILY_SECONDS <= 60
    assert self_check.look_over in worker.HOURLY and worker.HOURLY_SECONDS <= 3600
