"""Nobody is told the same event twice in the same words; several people are, and what no event tells may repeat."""

import asyncpg
import pytest

from .claims import Claim, hold

TOLD = "insert into notice (person, kind, event) values ({}, '{}', {})"
FIRST = TOLD.format(-1, "approved", -7)
MARK = "insert into bookmark (reader, event, ahead, horizon) values ('{}', 1, 1, 1)"
OTHERS = ";".join(
    (
        TOLD.format(-2, "approved", -7),
        TOLD.format(-1, "rejected", -7),
        TOLD.format(-1, "approved", -8),
        *[TOLD.format(-1, "mention", "null")] * 2,
    )
)

CLAIMS = (
    Claim("notice_once", FIRST, OTHERS, given=FIRST),
    Claim("bookmark_reader", MARK.format("r1"), MARK.format("r2"), given=MARK.format("r1")),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_notices_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)
