"""Calls shuffled, repeated and heard by several workers at once come to what they come to in their order."""

from app import sql
from tests.faults import shuffles
from tests.faults.tally import Tally


async def test_shuffled_and_repeated_calls_come_to_the_result_of_their_order() -> None:
    tally = Tally("shuffles", seed=5)
    await shuffles.play(tally, 150)
    assert tally.wrong == [] and tally.n > 90
    assert await sql.value("SELECT count(*) FROM callback WHERE result IS DISTINCT FROM 'heard'") == 0
