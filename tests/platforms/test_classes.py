"""Promises that depend on what a platform can do: its class, its schedule, its limits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.platforms.contract import Absent, Connected, HandedOff, Published, Refused, Removed, Unknown

from .faults import Fault
from .parcels import KINDS, REMOTE, account, parcel
from .receiver import Receiver
from .test_conformance import FAULTS, call, named, of


@pytest.mark.parametrize("kind", ["webhook", "sandbox-keyed"])
@pytest.mark.parametrize("fault", ["drop_after", "hold", "status_after", "nonsense"])
async def test_a_keyed_platform_repeated_under_its_key_acts_once(receiver: Receiver, kind: str, fault: str) -> None:
    receiver.play(Fault(fault))
    sent = parcel(account(kind, receiver))
    assert isinstance(await of(kind).publish(sent), Unknown)
    again, thrice = [await of(kind).publish(sent) for _ in range(2)]
    assert isinstance(again, Published) and isinstance(thrice, Published)
    assert again.remote_id == thrice.remote_id
    assert len(receiver.log.effects("publish")) == 1


async def test_a_lookup_platform_finds_our_stamp_or_its_absence(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after"))
    sent = parcel(account("sandbox-lookup", receiver))
    assert isinstance(await of("sandbox").publish(sent), Unknown)
    found = await of("sandbox").look(sent)
    assert isinstance(found, Published)
    assert found.remote_id == receiver.log.effects("publish")[0]["id"]
    assert isinstance(await of("sandbox").look(replace(sent, key="never-sent")), Absent)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.kind not in ("slow", "call_twice", "call_early")], ids=named)
async def test_a_lookup_that_fails_never_says_absent(receiver: Receiver, fault: Fault) -> None:
    receiver.play(fault)
    assert isinstance(await of("sandbox").look(parcel(account("sandbox-lookup", receiver))), Unknown)


async def test_a_blind_platform_repeats_the_effect_so_repeating_is_the_flows_sin(receiver: Receiver) -> None:
    sent = parcel(account("sandbox-blind", receiver))
    await of("sandbox").publish(sent)
    await of("sandbox").publish(sent)
    assert len(receiver.log.effects("publish")) == 2
    assert isinstance(await of("sandbox").look(sent), Unknown)


@pytest.mark.parametrize("kind", [kind for kind in REMOTE if kind.startswith("sandbox")])
async def test_a_schedule_is_handed_over_moved_and_taken_back(receiver: Receiver, kind: str) -> None:
    sandbox, sent = of(kind), parcel(account(kind, receiver))
    held = await sandbox.hand_off(sent)
    assert isinstance(held, HandedOff)
    assert held.due_at == sent.due_at
    sent = replace(sent, remote_id=held.remote_id, due_at=held.due_at + timedelta(hours=1))
    moved = await sandbox.reschedule(sent)
    assert isinstance(moved, HandedOff)
    assert moved.due_at == sent.due_at
    assert isinstance(await sandbox.look(sent), HandedOff)
    assert isinstance(await sandbox.unschedule(sent), Removed)
    assert isinstance(await sandbox.look(sent), Removed)
    assert [row["verb"] for row in receiver.log.effects()] == ["hand_off", "reschedule", "remove"]


@pytest.mark.parametrize("verb", ["hand_off", "reschedule"])
async def test_a_time_that_has_passed_is_never_handed_over(receiver: Receiver, verb: str) -> None:
    sent = parcel(account("sandbox-keyed", receiver), remote_id="item-1", due_at=datetime.now(UTC))
    assert isinstance(await call("sandbox-keyed", verb, sent), Refused)
    assert not receiver.requests()


@pytest.mark.parametrize("kind", REMOTE)
async def test_taking_down_what_is_gone_already_succeeds(receiver: Receiver, kind: str) -> None:
    sent = parcel(account(kind, receiver))
    first = await of(kind).publish(sent)
    assert isinstance(first, Published)
    sent = replace(sent, remote_id=first.remote_id)
    assert isinstance(await of(kind).remove(sent), Removed)
    assert isinstance(await of(kind).remove(sent), Removed)
    assert len([row for row in receiver.log.effects() if row["verb"] in ("remove", "unpublish")]) == 1


LACKS = [
    (kind, verb)
    for kind in KINDS
    for trait, verb in (("nudges", "nudge"), ("refreshes", "refresh"))
    if not getattr(of(kind).traits(account(kind, Receiver())), trait)
]


@pytest.mark.parametrize(("kind", "verb"), LACKS)
async def test_what_a_platform_says_it_cannot_do_it_refuses_without_a_call(
    receiver: Receiver, kind: str, verb: str
) -> None:
    refused = await call(kind, verb, parcel(account(kind, receiver), remote_id="item-1"))
    assert isinstance(refused, Refused) and refused.note
    assert not receiver.requests()


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_core_reads_of_an_account_is_sound(kind: str) -> None:
    to = account(kind, Receiver())
    traits, lane = of(kind).traits(to), of(kind).lane(to)
    assert traits.at_once >= 1
    assert traits.spacing >= timedelta(0)
    assert lane == lane.strip() and len(lane) <= 500


async def test_an_update_of_what_others_removed_says_so(receiver: Receiver) -> None:
    outcome = await of("sandbox").update(parcel(account("sandbox-keyed", receiver), remote_id="item-9"))
    assert isinstance(outcome, Refused)
    assert outcome.kind == "changed_there"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_sound_account_connects_without_an_effect(receiver: Receiver, kind: str) -> None:
    assert isinstance(await of(kind).connect(account(kind, receiver)), Connected)
    assert not receiver.log.effects()


@pytest.mark.parametrize("kind", REMOTE)
async def test_a_wrong_secret_does_not_connect(receiver: Receiver, kind: str) -> None:
    to = account(kind, receiver)
    wrong = {"token": "wrong"} if "token" in to.secrets else {"secret": Receiver().shelf.secret}
    outcome = await of(kind).connect(replace(to, secrets=wrong))
    assert isinstance(outcome, Refused)
    assert outcome.kind == "expired_token"


@pytest.mark.parametrize("kind", KINDS)
def test_content_that_fits_raises_no_objection_and_empty_content_does(kind: str) -> None:
    to = account(kind, Receiver())
    sent = parcel(to)
    assert of(kind).check(sent.content, to) == ()
    blank = replace(sent.content, title=" ", body="", slug="")
    assert len(of(kind).check(blank, to)) >= 2


@pytest.mark.parametrize(("kind", "settings"), [("webhook", {"content": "text"}), ("sandbox-blind", {"caption": "on"})])
def test_a_caption_channel_asks_for_its_short_text(kind: str, settings: dict[str, str]) -> None:
    to = account(kind, Receiver(), **settings)
    traits, content = of(kind).traits(to), parcel(to).content
    assert traits.caption
    assert of(kind).check(replace(content, title="", body=""), to) == ()
    assert of(kind).check(replace(content, fields={}), to) == (f"{to.name} needs a short text.",)
    if traits.caption_limit:
        long = replace(content, fields={"text": "x" * (traits.caption_limit + 3)})
        assert "3 characters too long" in of(kind).check(long, to)[0]
