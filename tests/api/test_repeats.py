"""Idempotency-Key: the same answer for the same request, never a second effect."""

import asyncio

import httpx
import pytest

from app import idempotency, sql
from tests.api.programs import connect, wish
from tests.makers import make_channel


async def posts_of(key: int) -> int:
    count: int = await sql.value("SELECT count(*) FROM post WHERE created_by_key = $1", key)
    return count


async def test_the_same_request_again_is_answered_again(client: httpx.AsyncClient) -> None:
    program, _ = await connect(client), await make_channel("sandbox")
    first = await program.post("/posts", wish(), idempotency_key="order-7")
    again = await program.post("/posts", wish(), idempotency_key="order-7")
    assert (again.status_code, again.json()) == (201, first.json())
    assert await posts_of(program.key) == 1


async def test_another_body_under_the_same_key_is_422(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    await program.post("/posts", wish(draft=True), idempotency_key="k")
    other = await program.post("/posts", wish(draft=True, title="Other"), idempotency_key="k")
    assert (other.status_code, other.json()["code"]) == (422, "key_used")
    assert await posts_of(program.key) == 1


async def test_two_programs_may_use_the_same_key(client: httpx.AsyncClient) -> None:
    one, other = await connect(client), await connect(client)
    assert (await one.post("/posts", wish(draft=True), idempotency_key="k")).status_code == 201
    assert (await other.post("/posts", wish(draft=True), idempotency_key="k")).status_code == 201


async def test_many_at_once_make_one_post(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    asked = [program.post("/posts", wish(draft=True), idempotency_key="storm") for _ in range(20)]
    statuses = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert set(statuses) <= {201, 409} and 201 in statuses
    assert await posts_of(program.key) == 1


async def test_what_was_refused_may_be_asked_again_under_its_key(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    assert (await program.post("/posts", wish(title="", draft=True), idempotency_key="k")).status_code == 422
    assert (await program.post("/posts", wish(draft=True), idempotency_key="k")).status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "caf\u00e9".encode("latin-1").decode("latin-1")])
async def test_a_key_that_is_none_is_400(client: httpx.AsyncClient, key: str) -> None:
    program = await connect(client)
    headers = {"authorization": f"Bearer {program.token}", "idempotency-key": key.encode("latin-1")}
    answer = await client.post("/api/posts", json=wish(draft=True), headers=headers)
    assert answer.status_code == 400 and await posts_of(program.key) == 0


async def test_old_answers_are_forgotten(client: httpx.AsyncClient) -> None:
    program = await connect(client)
    await program.post("/posts", wish(draft=True), idempotency_key="k")
    await sql.run("UPDATE idempotency SET created_at = created_at - interval '8 days' WHERE owner = $1", program.key)
    await idempotency.forget_old()
    assert await sql.value("SELECT count(*) FROM idempotency WHERE owner = $1", program.key) == 0
