"""An endpoint hears of a move once; a send waits or has ended with a result; a trigger puts moves in line."""

import asyncpg
import pytest

from .claims import Claim, hold

ENDPOINT = "insert into endpoint (name, url{}) values ('{}', 'https://a.example'{})"
SEND = "insert into webhook_send (endpoint, event, type, next_at{}) values ({}, -1, 'post.approve', {}{})"
ENDED = "insert into webhook_send (endpoint, type, ended_at, result) values (-1, 'galley.test', {}, {})"
TOKEN = ENDPOINT.format(", form_token", "A", ", '00000000-0000-0000-0000-00000000000{}'")
KEYED = "insert into webhook_send (endpoint, type, next_at, key) values (-1, 'post.approve', now(), '{}')"
KEY = "00000000-0000-0000-0000-00000000000{}"
ONCE = SEND.format("", -2, "now()", "")

CLAIMS = (
    Claim("endpoint_name_fits", ENDPOINT.format("", "", ""), ENDPOINT.format("", "x" * 80, "")),
    Claim(
        "endpoint_pause_has_a_cause",
        ENDPOINT.format(", paused_at", "A", ", now()"),
        ENDPOINT.format(", paused_at, paused_for", "A", ", now(), 'gone'"),
    ),
    Claim("endpoint_form_token_key", TOKEN.format(1), TOKEN.format(2), given=TOKEN.format(1)),
    Claim(
        "webhook_send_once",
        ONCE,
        "insert into webhook_send (endpoint, event, type, next_at) values (-2, null, 'galley.test', now()),"
        " (-2, null, 'galley.test', now())",
        given=ONCE,
    ),
    Claim(
        "webhook_send_key_key",
        KEYED.format(KEY.format(1)),
        KEYED.format(KEY.format(2)),
        given=KEYED.format(KEY.format(1)),
    ),
    Claim("webhook_send_waits_or_ended", SEND.format("", -2, "null", ""), ENDED.format("now()", "'delivered'")),
    Claim("webhook_send_end_has_a_result", ENDED.format("now()", "null"), ENDED.format("now()", "'delivered'")),
)
# It refuses nothing; what it does is told below.
KEEPERS = {"event_told"}
MOVED = """
insert into event (at, about, about_id, version, post, move, from_status, to_status, by_kind)
values (coalesce($1, now()), $2, -1, null, -1, 'approve', $3, $4, 'worker')
"""
TOLD = "select endpoint, type, next_at is not null as waits, result from webhook_send where event > 0 order by endpoint"


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_webhooks_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)


async def told(world: asyncpg.Connection) -> list[tuple[object, ...]]:
    return [tuple(record) for record in await world.fetch(TOLD)]


async def test_a_move_is_put_in_line_for_those_that_want_it(world: asyncpg.Connection) -> None:
    await world.execute("update endpoint set types = '{post.approve,media.*}' where id = -2")
    await world.execute(MOVED, None, "post", "generated_pending_review", "approved")
    assert await told(world) == [(-2, "post.approve", True, None), (-1, "post.approve", True, None)]
    await world.execute(MOVED, None, "delivery", "sending", "published")
    assert (-1, "delivery.published", True, None) in await told(world) and len(await told(world)) == 3


async def test_what_is_no_move_or_no_news_is_passed_by(world: asyncpg.Connection) -> None:
    long_ago = await world.fetchval("select now() - interval '1 second'")
    await world.execute(MOVED, None, "post", None, None)
    await world.execute(MOVED, long_ago, "post", "generated_pending_review", "approved")
    assert await told(world) == []


async def test_a_paused_ones_share_is_kept_as_ended_and_a_removed_one_has_none(world: asyncpg.Connection) -> None:
    await world.execute("update endpoint set paused_at = now(), paused_for = 'person' where id = -1")
    await world.execute("update endpoint set removed_at = now() where id = -2")
    await world.execute(MOVED, None, "post", "generated_pending_review", "approved")
    assert await told(world) == [(-1, "post.approve", False, "paused")]
