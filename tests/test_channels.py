"""Connected accounts: connected when their test succeeds, changed, tested, disconnected; secrets stay sealed."""

import pytest

from app import channels, secrets, sql
from app.channels import Typed
from app.platforms import platform
from app.platforms.contract import Connected, Refused
from app.signing import new_secret
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import somebody, webhook
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

__all__ = ["impatient", "receiver", "rehearsals", "team"]

WEBHOOK = platform("webhook")


def typed(receiver: Receiver, secret: str | None = None) -> Typed:
    sealed = receiver.shelf.secret if secret is None else secret
    return Typed("Our site", {"url": f"{receiver.origin}/hook"}, {"secret": sealed} if sealed else {})


async def column(channel: int, name: str) -> object:
    return await sql.value(f'SELECT "{name}" FROM channel WHERE id = $1', channel)


async def told() -> list[str]:
    return [r["move"] for r in await sql.rows("SELECT move FROM event WHERE about = 'channel' ORDER BY id")]


async def test_a_channel_whose_test_succeeds_is_kept_with_its_secret_sealed(receiver: Receiver) -> None:
    number, answer = await channels.connect(WEBHOOK, typed(receiver), by=await somebody("admin"))
    assert isinstance(answer, Connected)
    assert (await channels.account(number)).secrets == {"secret": receiver.shelf.secret}
    stored = await column(number, "secret")
    assert isinstance(stored, bytes) and receiver.shelf.secret.encode() not in stored
    assert await column(number, "secret_kid") == secrets.key_id()
    assert await told() == ["connect"]


async def test_a_channel_whose_test_fails_is_not_kept(receiver: Receiver) -> None:
    _, answer = await channels.connect(WEBHOOK, typed(receiver, new_secret()), by=await somebody("admin"))
    assert isinstance(answer, Refused)
    assert await sql.value("SELECT count(*) FROM channel") == 0


async def test_what_happened_never_tells_a_secret(receiver: Receiver) -> None:
    await channels.connect(WEBHOOK, typed(receiver), by=await somebody("admin"))
    assert receiver.shelf.secret not in str([dict(r) for r in await sql.rows("SELECT * FROM event")])


async def test_an_empty_secret_keeps_the_one_there_is_and_a_good_test_heals(receiver: Receiver) -> None:
    channel = await webhook(receiver, broken_kind="expired_token", broken_at=None)
    answer = await channels.change(channel.id, typed(receiver, ""), by=await somebody("admin"))
    assert isinstance(answer, Connected)
    assert (await channels.account(channel.id)).secrets == {"secret": receiver.shelf.secret}
    assert (await column(channel.id, "name"), await column(channel.id, "broken_kind")) == ("Our site", None)


async def test_a_change_whose_test_fails_changes_nothing(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    receiver.play(Fault("status", status=401))
    assert isinstance(await channels.change(channel.id, typed(receiver), by=await somebody("admin")), Refused)
    assert await column(channel.id, "name") == channel.name
    assert await told() == []


async def test_a_channel_sealed_under_another_key_can_be_connected_again(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    await sql.run("UPDATE channel SET secret = 'deadbeef' || substring(secret FROM 9) WHERE id = $1", channel.id)
    with pytest.raises(secrets.SealedElsewhere):
        await channels.account(channel.id)
    assert isinstance(await channels.change(channel.id, typed(receiver), by=await somebody("admin")), Connected)
    assert (await channels.account(channel.id)).secrets == {"secret": receiver.shelf.secret}


@pytest.mark.parametrize(
    ("code", "breaks"), [(401, True), (403, True), (404, True), (500, False), (503, False), (429, False)]
)
async def test_only_what_waiting_cannot_heal_breaks_a_channel(receiver: Receiver, code: int, breaks: bool) -> None:
    channel = await webhook(receiver)
    receiver.play(Fault("status", status=code))
    assert isinstance(await channels.test(channel.id, by=await somebody("admin")), Refused)
    assert (await column(channel.id, "broken_kind") is not None) == breaks
    assert await column(channel.id, "checked_at") is not None


async def test_a_good_test_heals(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    await channels.mark_broken(channel.id, "expired_token")
    assert isinstance(await channels.test(channel.id, by=await somebody("admin")), Connected)
    assert (await column(channel.id, "broken_kind"), await column(channel.id, "broken_at")) == (None, None)


async def test_it_stays_broken_since_the_first_time(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    await channels.mark_broken(channel.id, "expired_token")
    first = await column(channel.id, "broken_at")
    await channels.mark_broken(channel.id, "permission_revoked")
    assert (await column(channel.id, "broken_at"), await column(channel.id, "broken_kind")) == (
        first,
        "permission_revoked",
    )


async def test_disconnected_the_row_stays_and_the_secret_goes(receiver: Receiver) -> None:
    channel = await webhook(receiver)
    await channels.disconnect(channel.id, by=await somebody("admin"))
    assert await column(channel.id, "disconnected_at") is not None
    assert (await column(channel.id, "secret"), await column(channel.id, "secret_kid")) == (None, None)
    assert await told() == ["disconnect"]


async def test_the_callback_address_names_one_connected_channel_and_cannot_be_guessed(receiver: Receiver) -> None:
    number, _ = await channels.connect(WEBHOOK, typed(receiver), by=await somebody("admin"))
    token = channels.hook_token(number)
    assert await channels.by_hook_token(token) == number
    assert await channels.by_hook_token(f"{number}-{'0' * 40}") is None
    assert await channels.by_hook_token("\udcff") is None
    assert (await channels.account(number)).callback.endswith(f"/hooks/{token}")
    await channels.disconnect(number, by=await somebody("admin"))
    assert await channels.by_hook_token(token) is None


async def test_a_channel_that_is_gone_is_said_to_be() -> None:
    with pytest.raises(LookupError):
        await channels.account(404)
