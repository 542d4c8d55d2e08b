"""An announcement has addresses enough for one call, and waits or has ended with a result."""

import asyncpg
import pytest

from .claims import Claim, hold

MADE = "insert into announcement (urls, next_at{}) values ({}, {}{})"
ONE = "'{https://a.example/blog/a}'"
MANY = "array_fill('u'::text, array[{}])"

CLAIMS = (
    Claim("announcement_fits_a_call", MADE.format("", "'{}'", "now()", ""), MADE.format("", ONE, "now()", "")),
    Claim(
        "announcement_waits_or_ended",
        MADE.format("", ONE, "null", ""),
        MADE.format(", ended_at, result", ONE, "null", ", now(), 'heard'"),
    ),
    Claim(
        "announcement_end_has_a_result",
        MADE.format(", ended_at", ONE, "null", ", now()"),
        MADE.format(", ended_at, result", ONE, "null", ", now(), 'refused'"),
    ),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_announcements_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)


async def test_ten_thousand_addresses_fit_and_not_one_more(world: asyncpg.Connection) -> None:
    await world.execute(MADE.format("", MANY.format(10_000), "now()", ""))
    with pytest.raises(asyncpg.CheckViolationError):
        await world.execute(MADE.format("", MANY.format(10_001), "now()", ""))
