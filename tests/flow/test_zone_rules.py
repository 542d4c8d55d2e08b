"""Zone rules: planned wall times keep what they say when a country changes its clocks; what was handed over waits."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app import sql
from app.flow import plan, zone_rules
from app.tables import Post
from tests.flow import stage
from tests.flow.stage import only, queued, rehearsal, runs, webhook, work
from tests.makers import make_post
from tests.platforms.receiver import Receiver

HOUR = timedelta(hours=1)
ZONE = "Europe/Berlin"


def next_summer() -> tuple[date, datetime]:
    """A day well ahead, and the instant of nine o'clock there by today's rules."""
    day = date(datetime.now(UTC).year + 1, 7, 15)
    return day, datetime.combine(day, time(9), ZoneInfo(ZONE)).astimezone(UTC)


async def planned_before_the_change(post: Post) -> datetime:
    """The post was planned for nine o'clock when Berlin's summer was another hour; returns what nine is now."""
    day, at = next_summer()
    await sql.run(
        "UPDATE post SET zone = $2, planned_on = $3, planned_time = '09:00', publish_at = $4 WHERE id = $1",
        post.id, ZONE, day, at + HOUR,
    )  # fmt: skip
    await sql.run("UPDATE publication SET due_at = $2 WHERE post = $1", post.id, at + HOUR)
    await sql.run("UPDATE delivery SET next_at = $2 WHERE post = $1 AND next_at IS NOT NULL", post.id, at + HOUR)
    return at


@pytest.mark.parametrize("where", ["to_be_generated", "generated_pending_review", "approved"])
async def test_a_plan_keeps_its_wall_time_and_its_timeline_says_why(where: str) -> None:
    post = await make_post(where)
    at = await planned_before_the_change(post)
    assert await zone_rules.follow() == 1
    fresh = await plan.load(post.id)
    assert (fresh.publish_at, fresh.planned_time, fresh.version) == (at, time(9), post.version + 1)
    event = await sql.row("SELECT move, by_kind, note FROM event WHERE post = $1 ORDER BY id DESC LIMIT 1", post.id)
    assert (event["move"], event["by_kind"]) == ("plan", "clock")
    assert event["note"] == "The clocks in Europe/Berlin follow other rules now: 09:00 there is 07:00 UTC."
    assert await zone_rules.follow() == 0


async def test_what_is_scheduled_here_goes_out_at_the_new_instant(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver), at=next_summer()[1] + HOUR)
    await work(post)
    at = await planned_before_the_change(post)
    assert await zone_rules.follow() == 1
    assert await sql.value("SELECT due_at FROM publication WHERE post = $1", post.id) == at
    assert (await only(post)).next_at == at
    assert await runs(post) == ["scheduled"]
    assert await stage.moves_of(post) == ["schedule", "plan"]


async def test_what_a_platform_holds_is_left_for_a_person(receiver: Receiver) -> None:
    post = await queued(await rehearsal(receiver, schedules=True), at=next_summer()[1] + HOUR)
    await work(post)
    assert (await only(post)).status == "handed_off"
    at = await planned_before_the_change(post)
    assert await zone_rules.follow() == 0
    assert (await plan.load(post.id)).publish_at == at + HOUR
    assert zone_rules.meant(await plan.load(post.id)) == at, "so that the forecast can say it"


async def test_a_held_run_an_open_recall_and_an_archived_post_keep_their_instant(receiver: Receiver) -> None:
    held, recalled = [await queued(await webhook(receiver), at=next_summer()[1]) for _ in range(2)]
    archived = await make_post("approved")
    await work(held)
    for post in (held, recalled, archived):
        await planned_before_the_change(post)
    await sql.run("UPDATE publication SET held_for = 'freeze', held_at = now() WHERE post = $1", held.id)
    await sql.run("UPDATE post SET archived_at = now() WHERE id = $1", archived.id)
    await sql.run("INSERT INTO recall (post, move, next_at) VALUES ($1, 'unschedule', now())", recalled.id)
    assert await zone_rules.follow() == 0


@pytest.mark.parametrize("second", [False, True])
async def test_either_of_two_equal_wall_times_is_right(second: bool) -> None:
    first = datetime(2031, 10, 26, 0, 30, tzinfo=UTC)
    post = Post(
        _ignore_missing=True,
        zone=ZONE,
        planned_on=date(2031, 10, 26),
        planned_time=time(2, 30),
        publish_at=first + second * HOUR,
    )
    assert zone_rules.meant(post) is None


async def test_a_wall_time_that_no_longer_exists_keeps_its_instant() -> None:
    gap = Post(_ignore_missing=True, zone=ZONE, planned_on=date(2031, 3, 30), planned_time=time(2, 30))
    gap.publish_at = datetime(2031, 3, 30, 1, 30, tzinfo=UTC)
    assert zone_rules.meant(gap) is None


async def test_a_zone_nobody_knows_any_more_keeps_its_instant() -> None:
    post = Post(_ignore_missing=True, zone="Europe/Atlantis", planned_on=date(2031, 3, 30), planned_time=time(2, 30))
    post.publish_at = datetime(2031, 3, 30, 1, 30, tzinfo=UTC)
    assert zone_rules.meant(post) is None


async def test_times_with_seconds_from_the_api_are_not_taken_for_a_change(receiver: Receiver) -> None:
    at = (next_summer()[1]).replace(second=31)
    await queued(await webhook(receiver), at=at)
    assert await zone_rules.follow() == 0


async def test_of_two_workers_and_a_person_one_changes_it() -> None:
    post = await make_post("approved")
    at = await planned_before_the_change(post)
    assert await zone_rules._follow(post.id) is True
    assert await zone_rules._follow(post.id) is False
    assert (await plan.load(post.id)).publish_at == at
