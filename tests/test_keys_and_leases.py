"""Delivery keys are the same for every attempt; leases are kept while the work goes on, whatever happens."""

import asyncio

import pytest

from app import keys, leases, sql
from tests.makers import make_generation, make_post, make_team
from tests.rows import now


def test_a_deliverys_key_is_the_same_every_time_and_another_for_each_generation() -> None:
    assert keys.delivery_key(7, 1) == keys.delivery_key(7, 1)
    made = {keys.delivery_key(delivery, generation) for delivery in range(50) for generation in range(1, 5)}
    assert len(made) == 200
    assert all(key.startswith("dlv_") and len(key) == 30 and key.islower() for key in made)


async def leased(fence: int = 1) -> int:
    await make_team()
    run = await make_generation(await make_post("to_be_generated"), None, fence=fence, next_at=now(seconds=1))
    return run.id


async def until(run: int) -> float:
    left: float = await sql.value(
        "SELECT extract(epoch FROM next_at - now())::float FROM generation WHERE id = $1", run
    )
    return left


async def test_a_lease_moves_on_while_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.05)
    run = await leased()
    async with leases.kept("generation", run, 1):
        await asyncio.sleep(0.3)
        assert await until(run) > 25


async def test_a_fence_that_was_overtaken_renews_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.05)
    run = await leased(fence=2)
    async with leases.kept("generation", run, 1):
        await asyncio.sleep(0.3)
    assert await until(run) < 2


async def test_a_renewal_that_fails_does_not_end_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.05)
    run, failures = await leased(), 0

    async def away(*_: object) -> int:
        nonlocal failures
        failures += 1
        await asyncio.sleep(0)
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(leases.sql, "run", away)
        async with leases.kept("generation", run, 1):
            await asyncio.sleep(0.3)
    assert failures > 2
