"""The clock writes what is dated today where automatic writing is on, and nothing else."""

from datetime import time

import pytest

from app import content, facts, sql
from app.flow import generate, review
from app.lifecycles.facts import Asked
from app.lifecycles.machine import CLOCK
from app.moves import Refused
from app.tables import Post
from tests.flow.stage import somebody, status
from tests.makers import make_channel, make_post, make_team
from tests.rows import now


async def planned(**values: object) -> Post:
    return await make_post("to_be_generated", **values)  # type: ignore[arg-type]


async def today(**values: object) -> Post:
    values = {"channels": [await make_channel()], "planned_on": now().date(), **values}
    return await planned(**values)


async def clocked() -> int:
    await make_team(generation_on=True, generate_at=time(0))
    return await generate.daily()


async def test_the_clock_writes_what_is_dated_today() -> None:
    post = await today()
    assert [await clocked(), await clocked()] == [1, 0]
    assert await status(post) == "generating"
    assert await sql.value("SELECT by_kind FROM event WHERE move = 'generate'") == "clock"


@pytest.mark.parametrize("why", ["tomorrow", "yesterday", "no channel", "disconnected", "typed", "archived", "idea"])
async def test_the_clock_leaves_everything_else(why: str) -> None:
    gone = await make_channel(disconnected_at=now())
    values = {
        "tomorrow": {"planned_on": now(days=1).date()}, "yesterday": {"planned_on": now(days=-1).date()},
        "no channel": {"channels": []}, "disconnected": {"channels": [gone]}, "typed": {"with_revision": True},
        "archived": {"archived_at": now()}, "idea": {},
    }[why]  # fmt: skip
    post = await (make_post("awaiting_user_date") if why == "idea" else today(**values))
    before = post.status
    assert await clocked() == 0
    assert await status(post) == before


async def test_with_automatic_writing_off_the_clock_writes_nothing() -> None:
    await today()
    await make_team(generation_on=False, generate_at=time(0))
    assert await generate.daily() == 0


async def test_the_clock_waits_for_the_teams_hour() -> None:
    await today()
    zone = "UTC" if now().hour < 23 else "Etc/GMT+1"  # where the same day goes on for another hour
    later = await sql.value("SELECT (now() AT TIME ZONE $1 + interval '2 minutes')::time", zone)
    await make_team(generation_on=True, generate_at=later, zone=zone)
    assert await generate.daily() == 0


async def test_the_clocks_own_rule_holds_even_when_its_list_is_stale() -> None:
    await make_team(generation_on=False)
    with pytest.raises(Refused, match="Automatic writing is off"):
        await generate.start(await today(), by=CLOCK)


async def test_words_typed_into_a_plan_that_was_generated_before_protect_it() -> None:
    by = await somebody()
    post = await make_post("rejected", channels=[await make_channel()], planned_on=now().date())
    post = await review.replan(post, {}, Asked(on=now().date()), by=by)
    assert not (await facts.of(post.id)).typed, "a rejected draft may be replaced"
    post = await review.write(post, content.Text("Tides", "My own words."), by=by)
    assert (await facts.of(post.id)).typed
    assert await clocked() == 0


async def test_posts_nobody_may_write_do_not_starve_the_others() -> None:
    for _ in range(51):
        await today(with_revision=True)
    post = await today()
    assert await clocked() == 1
    assert await status(post) == "generating"
