"""Slots: the next wall time at which nothing else goes out, in the team's zone."""

import json
from datetime import UTC, date, datetime, time

from app import sql
from app.flow import slots
from tests.makers import make_post, make_team

NOON = datetime(2027, 5, 4, 12, tzinfo=UTC)


async def given(*walls: str, zone: str = "UTC") -> None:
    await make_team(zone=zone)
    await sql.run("UPDATE team SET settings = $1", json.dumps({"slots": walls} if walls else {}))


async def test_the_first_free_one_after_a_moment_is_taken() -> None:
    await given("08:00", "16:30")
    assert await slots.next_free(NOON) == datetime(2027, 5, 4, 16, 30, tzinfo=UTC)
    await make_post("generated_pending_review", planned_on=date(2027, 5, 4), planned_time=time(16, 30))
    assert await slots.next_free(NOON) == datetime(2027, 5, 5, 8, tzinfo=UTC)


async def test_they_are_wall_times_of_the_team() -> None:
    await given("16:30", zone="Asia/Kolkata")
    assert await slots.next_free(NOON) == datetime(2027, 5, 5, 11, tzinfo=UTC)


async def test_without_any_it_is_nine_in_the_morning() -> None:
    await given()
    assert await slots.next_free(NOON) == datetime(2027, 5, 5, 9, tzinfo=UTC)


async def test_one_inside_a_dst_gap_moves_to_the_next_valid_time() -> None:
    await given("02:30", zone="Europe/Berlin")
    assert await slots.next_free(datetime(2027, 3, 27, 12, tzinfo=UTC)) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


async def test_suggested_are_the_first_free_ones_of_different_days() -> None:
    await given("08:00", "16:30")
    await make_post("generated_pending_review", planned_on=date(2027, 5, 5), planned_time=time(8))
    found = await slots.suggested(NOON)
    assert found == [datetime(2027, 5, day, *wall, tzinfo=UTC) for day, wall in
                     ((4, (16, 30)), (5, (16, 30)), (6, (8,)), (7, (8,)))]  # fmt: skip


async def test_at_the_end_of_counted_time_nothing_is_suggested() -> None:
    await given("08:00")
    assert await slots.suggested(datetime(9999, 12, 30, 12, tzinfo=UTC)) == []
