"""Forged calls of every style, before the verifier and before the door; the full runs are tests/faults/forgeries.py."""

import httpx

from tests.faults import forgeries
from tests.faults.tally import Tally


async def test_no_forgery_is_believed_and_none_is_our_error(client: httpx.AsyncClient) -> None:
    tally = Tally("forgeries", seed=11)
    forgeries.before_the_verifier(tally, 3000)
    await forgeries.before_the_door(tally, client, 300)
    assert tally.wrong == [] and tally.n >= 3300
    assert {*tally.extra["statuses"]} == {401}
