"""A breach is told once while it lasts, and may come back once it was gone."""

import asyncpg
import pytest

from .claims import Claim, hold

SEEN = "insert into breach (name, about, about_id, post) values ('{}', 'post', {}, -1)"
AGAIN = SEEN.format("event_gap", -1)

CLAIMS = (
    Claim("breach_once", AGAIN, SEEN.format("forgotten", -1) + ";" + SEEN.format("event_gap", -2)),
    Claim("breach_once", AGAIN, "update breach set gone_at = now();" + AGAIN),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_breaches_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)
