"""The rehearsal channel beyond the common promises: callbacks, and items whose state changed there."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.platforms import platform
from app.platforms.contract import HandedOff, Published, Refreshed, Refused, Removed, Unknown
from app.platforms.sandbox import callback_secret
from app.signing import Verified, verify

from .faults import Fault, http
from .parcels import account, parcel
from .receiver import Receiver, read_request, say
from .shelf import Asked

SANDBOX = platform("sandbox")


class Ear:
    """Where callbacks arrive."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Asked] = asyncio.Queue()
        self.url = ""

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.put_nowait(await read_request(reader))
        await say(http(200, b"{}"), writer)
        writer.close()


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear()
    async with await asyncio.start_server(ear.listen, "127.0.0.1", 0) as server:
        ear.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks/7"
        yield ear


async def test_a_callback_may_come_before_the_answer(receiver: Receiver, ear: Ear) -> None:
    receiver.play(Fault("call_early"))
    to = replace(account("sandbox-keyed", receiver), callback=ear.url)
    outcome = await SANDBOX.publish(parcel(to))
    assert isinstance(outcome, Published)
    assert json.loads(ear.heard.get_nowait().body)["data"]["key"] == "key-1"


async def test_a_repeated_callback_has_one_id_and_a_true_signature(receiver: Receiver, ear: Ear) -> None:
    receiver.play(Fault("call_twice"))
    await SANDBOX.publish(parcel(replace(account("sandbox-lookup", receiver), callback=ear.url)))
    async with asyncio.timeout(5):
        heard = [await ear.heard.get(), await ear.heard.get()]
    secret, now = callback_secret(receiver.shelf.token), datetime.now(UTC)
    verified = [verify([secret], asked.headers, asked.body, now=now) for asked in heard]
    assert all(isinstance(each, Verified) for each in verified)
    assert len({each.id for each in verified if isinstance(each, Verified)}) == 1


async def test_what_went_live_by_itself_is_seen_live(receiver: Receiver) -> None:
    due = datetime.now(UTC) + timedelta(seconds=2)
    sent = parcel(account("sandbox-blind", receiver), due_at=due)
    held = await SANDBOX.hand_off(sent)
    assert isinstance(held, HandedOff)
    await asyncio.sleep(2.1)
    seen = await SANDBOX.look(replace(sent, remote_id=held.remote_id))
    assert isinstance(seen, Published)
    assert seen.at == held.due_at


async def test_taking_back_what_is_live_already_answers_live(receiver: Receiver) -> None:
    live = {"id": "item-1", "url": f"{receiver.origin}/p/item-1", "status": "live"}
    receiver.play(Fault("status", status=409, body=json.dumps(live)))
    outcome = await SANDBOX.unschedule(parcel(account("sandbox-keyed", receiver), remote_id="item-1"))
    assert isinstance(outcome, Published)


async def test_an_item_others_removed_is_seen_removed(receiver: Receiver) -> None:
    sent = parcel(account("sandbox-keyed", receiver))
    made = await SANDBOX.publish(sent)
    assert isinstance(made, Published)
    receiver.shelf.items[made.remote_id]["removed"] = True
    assert isinstance(await SANDBOX.look(replace(sent, remote_id=made.remote_id)), Removed)
    again = await SANDBOX.update(replace(sent, remote_id=made.remote_id))
    assert isinstance(again, Refused)
    assert again.kind == "changed_there"


@pytest.mark.parametrize(
    "items", ['[{"id": {}}]', "[null]", '{"id": "a"}', '[{"id": "a", "status": "odd"}]', '[{"status": "live"}]']
)
async def test_a_list_we_cannot_read_is_never_read_as_absent(receiver: Receiver, items: str) -> None:
    receiver.play(Fault("status", status=200, body=f'{{"items": {items}}}'))
    assert isinstance(await SANDBOX.look(parcel(account("sandbox-lookup", receiver))), Unknown)


async def test_of_several_items_with_our_stamp_the_live_one_counts(receiver: Receiver) -> None:
    items = [{"id": status, "status": status} for status in ("removed", "scheduled", "live")]
    receiver.play(Fault("status", status=200, body=json.dumps({"items": items})))
    seen = await SANDBOX.look(parcel(account("sandbox-lookup", receiver)))
    assert isinstance(seen, Published)
    assert seen.remote_id == "live"


async def test_a_remote_id_cannot_leave_its_path(receiver: Receiver) -> None:
    sent = parcel(account("sandbox-keyed", receiver), remote_id="../../posts/1?x=#")
    await SANDBOX.look(sent)
    assert receiver.requests()[0]["target"] == "/sandbox/7/items/..%2F..%2Fposts%2F1%3Fx%3D%23"


async def test_a_token_is_traded_for_its_successor_once(receiver: Receiver) -> None:
    to = account("sandbox-keyed", receiver, expires="on")
    receiver.shelf.run_out = True
    refused = await SANDBOX.publish(parcel(to))
    assert isinstance(refused, Refused) and refused.kind == "expired_token"
    renewed = await SANDBOX.refresh(to)
    assert isinstance(renewed, Refreshed) and renewed.expires_at is not None
    assert isinstance(await SANDBOX.publish(parcel(replace(to, secrets=renewed.secrets))), Published)
    again = await SANDBOX.refresh(to)
    assert isinstance(again, Refused) and again.kind == "expired_token"


@pytest.mark.parametrize("body", ['{"token": ""}', '{"token": 5}', "{}", "[]", "<p>no</p>"])
async def test_an_answer_that_is_no_token_renews_nothing(receiver: Receiver, body: str) -> None:
    receiver.play(Fault("status", status=200, body=body))
    assert isinstance(await SANDBOX.refresh(account("sandbox-keyed", receiver, expires="on")), Unknown)


@pytest.mark.parametrize(
    ("value", "seconds"), [("60", 60), ("", 0), (None, 0), ("0", 0), ("soon", 0), (5, 5), ("9" * 30, 86_400)]
)
def test_the_time_between_sends_is_what_the_form_says(value: object, seconds: int) -> None:
    for kind in ("sandbox-keyed", "webhook"):
        to = account(kind, Receiver(), spacing=value)
        assert platform(kind.partition("-")[0]).traits(to).spacing == timedelta(seconds=seconds)


@pytest.mark.parametrize(("value", "on"), [("on", True), ("", False), (True, True), ("false", False)])
def test_switches_read_as_the_form_stores_them(value: str | bool, on: bool) -> None:
    to = account("sandbox-keyed", Receiver(), schedules=value, updates=value, removes=value, caption=value)
    traits = SANDBOX.traits(to)
    assert (traits.schedules, traits.updates, traits.removes, traits.caption) == (on, on, on, on)
