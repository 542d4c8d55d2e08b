"""A call of a platform counts once for its channel; it waits, or was settled with a result."""

import asyncpg
import pytest

from .claims import Claim, hold

CALL = """
insert into callback (channel, event_id, scheme, at, body, body_sha256, {}) values ({}, {}, 's', now(), {}, {}, {})
"""
DIGEST = "sha256('a')"


def call(
    id: str = "'new'", *, channel: int = -1, body: str = "''", digest: str = DIGEST, also: str = "next_at",
    with_: str = "now()",
) -> str:  # fmt: skip
    return CALL.format(also, channel, id, body, digest, with_)


SETTLED = "settled_at, result"

CLAIMS = (
    Claim("callback_once", call("'evt'"), call("'evt'", channel=-2)),
    Claim("callback_id_fits", call("repeat('x', 256)"), call("repeat('x', 255)")),
    Claim("callback_id_fits", call("''"), call("'x'")),
    Claim("callback_digest", call(digest="'short'"), call()),
    Claim("callback_body_fits", call(body="repeat('x', 65537)"), call(body="repeat('x', 65536)")),
    Claim("callback_waits_or_settled", call(with_="null"), call(also=SETTLED, with_="now(), 'heard'")),
    Claim(
        "callback_waits_or_settled",
        call(also=f"next_at, {SETTLED}", with_="now(), now(), 'heard'"),
        call(also=SETTLED, with_="now(), 'ignored'"),
    ),
    Claim(
        "callback_end_has_a_result",
        call(also=SETTLED, with_="now(), null"),
        call(also=SETTLED, with_="now(), 'unmatched'"),
    ),
    Claim(
        "callback_result_known",
        call(also=SETTLED, with_="now(), 'lost'"),
        call(also=SETTLED, with_="now(), 'failed'"),
    ),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_callbacks_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)
