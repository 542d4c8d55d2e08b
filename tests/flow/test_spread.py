"""Times for many posts: their own where they lie ahead, else the team's free slots, each given once."""

from datetime import UTC, date, datetime, time

from app.flow import spread
from tests.flow.test_slots import given
from tests.makers import make_post

NOON = datetime(2027, 5, 4, 12, tzinfo=UTC)


def at(day: int, hour: int) -> datetime:
    return datetime(2027, 5, day, hour, tzinfo=UTC)


async def test_every_post_gets_a_free_slot_of_its_own() -> None:
    await given("08:00", "16:00")
    await make_post("generated_pending_review", planned_on=date(2027, 5, 5), planned_time=time(8))
    found = await spread.proposed([(None, None)] * 3, NOON, keep=False)
    assert found == [at(4, 16), at(5, 16), at(6, 8)]


async def test_what_has_a_time_ahead_keeps_it_and_a_mere_day_gets_a_slot_of_that_day() -> None:
    await given("08:00")
    wanted = [(date(2027, 5, 9), at(9, 11)), (date(2027, 5, 9), None), (date(2027, 5, 1), at(1, 11)), (None, None)]
    assert await spread.proposed(wanted, NOON, keep=True) == [at(9, 11), at(9, 8), at(5, 8), at(6, 8)]
    assert await spread.proposed(wanted[:2], NOON, keep=False) == [at(5, 8), at(6, 8)]


async def test_slots_are_wall_times_of_the_team() -> None:
    await given("09:00", zone="Asia/Kolkata")
    assert await spread.proposed([(None, None)], NOON, keep=True) == [datetime(2027, 5, 5, 3, 30, tzinfo=UTC)]
