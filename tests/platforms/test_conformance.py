"""What every platform promises, played against every fault: a value comes back, and it is an honest one."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from app.platforms import PLATFORMS, platform
from app.platforms.contract import (
    Account,
    Connected,
    NotSent,
    Outcome,
    Parcel,
    Platform,
    Published,
    Refused,
    Renewal,
    Sighting,
    TryLater,
    Unknown,
)

from .faults import KINDS as FAULT_KINDS
from .faults import Fault
from .parcels import KINDS, REMOTE, account, parcel
from .receiver import Receiver

VERBS = ("publish", "update", "remove", "hand_off", "reschedule", "unschedule", "nudge", "look", "connect", "refresh")
OF_ACCOUNTS = ("connect", "refresh")
INTENTS = {"publish": "create", "update": "update", "remove": "remove"}
STATUSES = (302, 307, 400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 415, 418, 422, 425, 429, 500, 502, 503, 504)
ALLOWED: dict[str, tuple[type, ...]] = {
    "look": get_args(Sighting), "connect": (Connected, Refused), "refresh": get_args(Renewal),
}  # fmt: skip
FAULTS = [Fault("status", status=status) for status in STATUSES] + [
    Fault(kind, status=500, seconds=0.05) for kind in sorted(FAULT_KINDS - {"status", "redirect"})
]
UNCLEAR = (
    "drop_before", "drop_after", "hold_before", "hold", "drip", "huge", "bomb", "cut", "page", "nonsense",
    "wrong_type", "error_inside", "status_after", "strange_encoding", "damaged_gzip",
)  # fmt: skip


def of(kind: str) -> Platform:
    return platform(kind.partition("-")[0])


def call(kind: str, verb: str, sent: Parcel) -> Awaitable[Any]:
    does: Callable[[Any], Awaitable[Any]] = getattr(of(kind), verb)
    return does(sent.account if verb in OF_ACCOUNTS else sent)


def named(fault: Fault) -> str:
    return f"{fault.kind}-{fault.status}" if fault.kind == "status" else fault.kind


def test_every_registered_platform_is_played_here() -> None:
    """WordPress reads before it writes, and has its own suite, played on the fake and on real sites alike."""
    assert set(PLATFORMS) == {kind.partition("-")[0] for kind in KINDS} | {"wordpress"}
    assert {of("sandbox").traits(a).delivery for a in _sandboxes()} == {"keyed", "lookup", "blind"}


def _sandboxes() -> list[Any]:
    receiver = Receiver()
    return [account(kind, receiver) for kind in KINDS if kind.startswith("sandbox")]


@pytest.mark.parametrize("kind", [*KINDS, "wordpress"])
def test_the_traits_of_an_account_are_such_that_a_post_can_fit(kind: str) -> None:
    """Limits are whole numbers that leave room for something, or None; WordPress, too, says them in its traits."""
    if kind == "wordpress":
        found = of(kind).traits(Account(1, "Blog", {"url": "https://blog.example"}))
    else:
        found = of(kind).traits(account(kind, Receiver()))
    assert found.picture_limit is None or found.picture_limit >= 100 * 1024
    assert found.caption_limit is None or (found.caption and found.caption_limit >= 100)
    assert found.at_once >= 1 and found.spacing >= timedelta(0)


@pytest.mark.parametrize(
    ("typed", "limit"), [(None, 2), ("", 2), (8, 8), ("8", 8), (0, 2), ("-1", 2), ("no", 2), (10**9, 2)]
)
def test_the_size_of_a_picture_is_the_channels_own(typed: object, limit: int) -> None:
    settings = {"url": "https://blog.example", "picture_mb": typed}
    assert of("wordpress").traits(Account(1, "Blog", settings)).picture_limit == limit * 2**20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS, ids=named)
async def test_every_verb_answers_every_fault_with_a_value(receiver: Receiver, kind: str, fault: Fault) -> None:
    receiver.play(replace(fault, times=len(VERBS)))
    sent = parcel(account(kind, receiver), remote_id="item-1", remote_url="https://there.example/p/1")
    heard = await asyncio.gather(*(call(kind, verb, sent) for verb in VERBS))
    for verb, outcome in zip(VERBS, heard, strict=True):
        allowed = ALLOWED.get(verb, get_args(Outcome))
        assert isinstance(outcome, allowed), (verb, outcome)
        assert getattr(outcome, "note", "x").strip(), verb


@pytest.mark.parametrize("kind", REMOTE)
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("fault", [Fault("none"), Fault("drop_after"), Fault("status", status=503)], ids=named)
async def test_a_verb_makes_at_most_one_call(receiver: Receiver, kind: str, verb: str, fault: Fault) -> None:
    if fault.kind != "none":
        receiver.play(replace(fault, times=5))
    await call(kind, verb, parcel(account(kind, receiver), remote_id="item-1"))
    assert len(receiver.requests()) <= 1
    mutating = [row for row in receiver.requests() if row["method"] != "GET"]
    assert len(mutating) <= (verb not in ("look", "connect") or kind == "webhook")


@pytest.mark.parametrize("kind", REMOTE)
@pytest.mark.parametrize("fault", UNCLEAR)
async def test_a_publish_without_a_clear_answer_is_unknown(receiver: Receiver, kind: str, fault: str) -> None:
    receiver.play(Fault(fault, status=500, seconds=0.05))
    outcome = await of(kind).publish(parcel(account(kind, receiver)))
    assert isinstance(outcome, Unknown), outcome


@pytest.mark.parametrize("kind", REMOTE)
async def test_a_slow_answer_is_still_an_answer(receiver: Receiver, kind: str) -> None:
    receiver.play(Fault("slow", seconds=0.2))
    outcome = await of(kind).publish(parcel(account(kind, receiver)))
    assert isinstance(outcome, Published)
    assert outcome.remote_id == receiver.log.effects("publish")[0]["id"]
    assert outcome.url == f"{receiver.origin}/p/{outcome.remote_id}"


@pytest.mark.parametrize("kind", REMOTE)
@pytest.mark.parametrize("verb", ["publish", "update", "remove"])
async def test_a_closed_port_is_provably_not_sent(receiver: Receiver, kind: str, verb: str) -> None:
    to = account(kind, receiver)
    await receiver.stop()
    outcome = await call(kind, verb, parcel(to, remote_id="item-1"))
    assert isinstance(outcome, NotSent)
    assert outcome.kind == "platform_unavailable"


async def test_a_private_address_nobody_opened_is_refused_not_tried(receiver: Receiver) -> None:
    to = account("webhook", receiver, url="http://169.254.169.254/latest/meta-data")
    outcome = await of("webhook").publish(parcel(to))
    assert isinstance(outcome, Refused)
    assert outcome.kind == "invalid_settings"
    assert "ALLOW_PRIVATE_HOSTS" in outcome.note


@pytest.mark.parametrize("kind", REMOTE)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, "invalid_settings"), (400, "content_rejected"), (401, "expired_token"),
        (403, "permission_revoked"), (404, "invalid_settings"), (405, "invalid_settings"),
        (410, "invalid_settings"), (413, "content_rejected"), (415, "content_rejected"),
        (422, "content_rejected"),
    ],
)  # fmt: skip
async def test_a_refusal_carries_its_kind(receiver: Receiver, kind: str, status: int, error: str) -> None:
    receiver.play(Fault("status", status=status, headers={"location": receiver.origin}))
    outcome = await of(kind).publish(parcel(account(kind, receiver)))
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.answer.status) == (error, status)
    assert len(receiver.requests()) == 1
    assert not receiver.log.effects()


@pytest.mark.parametrize("kind", REMOTE)
@pytest.mark.parametrize(("status", "error"), [(408, "platform_unavailable"), (425, "platform_unavailable"),
                                              (429, "rate_limited"), (503, "platform_unavailable")])  # fmt: skip
async def test_patience_is_asked_for_with_a_time(receiver: Receiver, kind: str, status: int, error: str) -> None:
    receiver.play(Fault("status", status=status, headers={"retry-after": "90"}), Fault("status", status=status))
    sent = parcel(account(kind, receiver))
    with_time, without = [await of(kind).publish(sent) for _ in range(2)]
    assert isinstance(with_time, TryLater) and isinstance(without, TryLater)
    assert with_time.kind == error
    assert with_time.at is not None
    assert timedelta(seconds=85) < with_time.at - datetime.now(UTC) <= timedelta(seconds=90)
    assert without.at is None


@pytest.mark.parametrize("kind", REMOTE)
@pytest.mark.parametrize("verb", ["publish", "update", "remove"])
async def test_the_digest_is_of_what_the_receiver_got(receiver: Receiver, kind: str, verb: str) -> None:
    sent = parcel(account(kind, receiver))
    if verb != "publish":
        first = await of(kind).publish(sent)
        assert isinstance(first, Published)
        sent = replace(sent, remote_id=first.remote_id)
    await call(kind, verb, sent)
    verbs = {"remove": ("remove", "unpublish")}.get(verb, (verb,))
    effects = [row for row in receiver.log.effects() if row["verb"] in verbs]
    assert [row["sha256"] for row in effects] == [of(kind).digest(sent, INTENTS[verb]).hex()]


@pytest.mark.parametrize("kind", KINDS)
def test_the_digest_is_stable_and_tells_parcels_apart(kind: str) -> None:
    sent = parcel(account(kind, Receiver()), remote_id="item-1")
    other = replace(sent, content=replace(sent.content, title="Another"))
    for intent in ("create", "update"):
        assert of(kind).digest(sent, intent) == of(kind).digest(sent, intent)
        assert of(kind).digest(sent, intent) != of(kind).digest(other, intent)
    assert of(kind).digest(sent, "create") != of(kind).digest(sent, "remove")


@pytest.mark.parametrize("kind", REMOTE)
async def test_no_answer_carries_a_secret(receiver: Receiver, kind: str) -> None:
    receiver.play(Fault("echo", times=len(VERBS)))
    sent = parcel(account(kind, receiver), remote_id="item-1")
    heard = await asyncio.gather(*(call(kind, verb, sent) for verb in VERBS))
    secrets = [*sent.account.secrets.values(), "sesame-in-url"]
    said = json.dumps([_told(outcome) for outcome in heard])
    assert "hidden" in said
    for secret in secrets:
        assert secret not in said and secret.removeprefix("whsec_") not in said
    assert all(len(outcome.answer.body) <= 500 for outcome in heard if hasattr(outcome, "answer"))


def _told(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _told(getattr(value, field.name)) for field in fields(value)}
    return str(value)
