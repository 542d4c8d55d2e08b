"""Renewing a channel's token: one asks, what a person connects meanwhile counts, and nothing is ever wiped."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app import channel_tokens, channels, platforms, sql
from app.channels import Typed
from app.platforms.contract import Account, Connected, NotSent, Refreshed, Refused, Unknown
from app.platforms.sandbox import Sandbox
from app.tables import Channel
from tests.flow.conftest import bells, impatient, receiver, rehearsals, team
from tests.flow.stage import rehearsal, somebody, webhook
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

__all__ = ["bells", "impatient", "receiver", "rehearsals", "team"]

SANDBOX = platforms.platform("sandbox")


async def expiring(receiver: Receiver) -> Channel:
    return await rehearsal(receiver, expires="on")


async def renewed(channel: Channel) -> channel_tokens.Renewed:
    return await channel_tokens.renewed(SANDBOX, await channels.account(channel.id))


def asked(receiver: Receiver) -> int:
    return len([row for row in receiver.requests() if row["target"].endswith("/token")])


async def due(channel: Channel) -> None:
    await sql.run("UPDATE channel SET next_at = now() WHERE id = $1", channel.id)


async def test_however_many_want_it_one_asks_and_all_get_the_same(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.play(Fault("slow", on=("token",)))
    account = await channels.account(channel.id)
    got = await asyncio.gather(*(channel_tokens.renewed(SANDBOX, account) for _ in range(8)))
    assert asked(receiver) == 1
    assert {one.secrets["token"] for one in got if isinstance(one, Account)} == {receiver.shelf.token}
    assert all(isinstance(one, Account) for one in got)


async def test_a_row_that_is_being_renewed_can_still_be_written(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.play(Fault("slow", seconds=0.5, on=("token",)))
    asking = asyncio.create_task(renewed(channel))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(0.2):
        await channels.mark_well(channel.id, sent=True)
    assert isinstance(await asking, Account)


async def test_a_claim_whose_holder_died_ends_by_itself(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = await expiring(receiver)
    monkeypatch.setattr(channel_tokens, "PATIENCE", 0.3)
    await sql.run("UPDATE channel SET refreshing_until = now() + interval '30 seconds'")
    assert isinstance(await renewed(channel), NotSent)
    await sql.run("UPDATE channel SET refreshing_until = now() - interval '1 second'")
    assert isinstance(await renewed(channel), Account)


async def test_what_a_person_connects_meanwhile_counts(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.play(Fault("slow", seconds=0.4, on=("token",)))
    asking = asyncio.create_task(renewed(channel))
    await asyncio.sleep(0.2)
    await channels._keep_secrets(channel.id, {"token": "typed by a person"})
    got = await asking
    assert isinstance(got, Account) and got.secrets == {"token": "typed by a person"}
    assert (await channels.account(channel.id)).secrets == {"token": "typed by a person"}


async def test_an_empty_secret_never_wipes_the_one_there_is(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refresh(self: Sandbox, account: Account) -> Refreshed:
        return Refreshed({"token": "next", "refresh": ""})

    monkeypatch.setattr(Sandbox, "refresh", refresh)
    channel = await expiring(receiver)
    await channels._keep_secrets(channel.id, {"token": "first", "refresh": "for a year"})
    assert isinstance(await renewed(channel), Account)
    assert (await channels.account(channel.id)).secrets == {"token": "next", "refresh": "for a year"}
    assert await sql.value("SELECT token_expires_at FROM channel") is None


async def test_a_renewal_without_an_end_is_given_up(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refresh(self: Sandbox, account: Account) -> Refreshed:
        await asyncio.sleep(60)
        return Refreshed({})

    monkeypatch.setattr(Sandbox, "refresh", refresh)
    monkeypatch.setattr(channel_tokens, "PATIENCE", 0.2)
    channel = await expiring(receiver)
    assert isinstance(await renewed(channel), Unknown)
    assert await sql.value("SELECT refreshing_until FROM channel") is None


async def test_a_disconnected_channel_is_not_renewed(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    account = await channels.account(channel.id)
    await channels.disconnect(channel.id, by=await somebody("admin"))
    assert isinstance(await channel_tokens.renewed(SANDBOX, account), Refused)
    assert asked(receiver) == 0


async def test_a_token_is_renewed_before_it_runs_out(receiver: Receiver, bells: list[str]) -> None:
    channel, before = await expiring(receiver), receiver.shelf.token
    await channel_tokens.expects(channel.id, await sql.value("SELECT now() + interval '10 minutes'"))
    left = await sql.value("SELECT next_at - now() FROM channel")
    assert timedelta(minutes=7) < left <= timedelta(minutes=8)
    await channels.sweep()
    await channels.renew(channel.id)
    assert (bells, asked(receiver)) == ([], 0)
    await due(channel)
    await channels.sweep()
    assert bells == ["renew"]
    await channels.renew(channel.id)
    assert receiver.shelf.token != before
    await channels.renew(channel.id)
    assert asked(receiver) == 1


async def test_a_renewal_that_is_refused_ahead_of_time_breaks_the_channel(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.play(Fault("status", status=401, on=("token",)))
    await due(channel)
    await channels.renew(channel.id)
    known = await sql.row("SELECT broken_kind, next_at, refreshing_until FROM channel")
    assert known is not None and tuple(known) == ("expired_token", None, None)


async def test_a_renewal_nobody_answered_is_asked_for_again_in_minutes(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.play(Fault("status", status=503, on=("token",)))
    await due(channel)
    await channels.renew(channel.id)
    left = await sql.value("SELECT next_at - now() FROM channel")
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    assert await sql.value("SELECT broken_kind FROM channel") is None


async def test_a_test_renews_a_token_before_it_says_that_it_is_dead(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    await channels.mark_broken(channel.id, "expired_token")
    receiver.shelf.run_out = True
    assert isinstance(await channels.test(channel.id, by=await somebody("admin")), Connected)
    assert await sql.value("SELECT broken_kind FROM channel") is None
    assert (await channels.account(channel.id)).secrets == {"token": receiver.shelf.token}


async def test_a_change_of_settings_keeps_the_token_it_had_to_renew(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    receiver.shelf.run_out = True
    typed = Typed("Renamed", {"expires": "on"}, {})
    assert isinstance(await channels.change(channel.id, typed, by=await somebody("admin")), Connected)
    assert (await channels.account(channel.id)).secrets == {"token": receiver.shelf.token}


async def test_a_wrong_secret_that_was_typed_is_not_helped_by_the_one_there_is(receiver: Receiver) -> None:
    channel = await expiring(receiver)
    typed = Typed("Renamed", {"expires": "on"}, {"token": "wrong"})
    assert isinstance(await channels.change(channel.id, typed, by=await somebody("admin")), Refused)
    assert asked(receiver) == 0


async def test_the_lane_of_a_channel_is_what_its_platform_says(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks = platforms.platform("webhook")
    monkeypatch.setattr(type(webhooks), "lane", lambda self, account: account.settings["url"], raising=False)
    typed = Typed("Ours", {"url": f"{receiver.origin}/hook"}, {"secret": receiver.shelf.secret})
    number, _ = await channels.connect(webhooks, typed, by=await somebody("admin"))
    assert await sql.value("SELECT lane FROM channel WHERE id = $1", number) == f"{receiver.origin}/hook"
    moved = replace(typed, settings={"url": f"{receiver.origin}/hook?other"})
    await channels.change(number, moved, by=await somebody("admin"))
    assert await sql.value("SELECT lane FROM channel WHERE id = $1", number) == f"{receiver.origin}/hook?other"
    monkeypatch.undo()
    plain = await webhook(receiver)
    assert await sql.value("SELECT lane FROM channel WHERE id = $1", plain.id) is None
