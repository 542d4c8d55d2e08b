"""A program's Idempotency-Key is answered once, and says what was asked."""

import asyncpg
import pytest

from .claims import Claim, hold

ANSWER = "insert into idempotency (owner, key, request_sha256, status, answer) values (-1, {}, {}, 201, '')"
DIGEST = "sha256('a')"
ONCE = ANSWER.format("'k'", DIGEST)

CLAIMS = (
    Claim("idempotency_once", ONCE, ANSWER.format("'other'", DIGEST), given=ONCE),
    Claim("idempotency_key_fits", ANSWER.format("''", DIGEST), ANSWER.format("repeat('k', 255)", DIGEST)),
    Claim("idempotency_digest", ANSWER.format("'d'", "'short'"), ANSWER.format("'d'", DIGEST)),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_programs_keys_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)
