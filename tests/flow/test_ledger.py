"""The ledger of attempts: complete for people, without a secret, and an effect that nothing afterwards can undo."""

import base64
import json
from typing import Any

import pytest

from app import platforms, sql
from app.atomic import doorbell
from app.flow import closing, onward, parcels, publish, redacted, turns
from app.platforms.contract import Account, Answer, NotSent, Outcome, Published, Refused, TryLater, Unknown
from tests.flow.stage import attempts, of, only, pass_time, queued, rehearsal, statuses, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

CANARY = "canary-5f1d3c/+=token"


async def test_an_attempt_says_what_was_sent_heard_and_done_next(receiver: Receiver) -> None:
    receiver.play(Fault("status", status=429, headers={"retry-after": "120"}, body='{"error": "slow down"}'))
    post = await work(await queued(await webhook(receiver)))
    (attempt,) = await attempts(post)
    _, parcel = await parcels.packed((await only(post)).id)
    assert attempt["request_sha256"] == platforms.platform("webhook").digest(parcel, "create")
    assert (attempt["intent"], attempt["outcome"], attempt["http_status"]) == ("create", "try_later", 429)
    assert (attempt["answer"], attempt["error_kind"]) == ('{"error": "slow down"}', "rate_limited")
    assert "asks us to slow down" in attempt["why"]
    assert attempt["next_action"].startswith("tried again at ")
    await pass_time(post, seconds=121)
    await work(post)
    second = (await attempts(post))[1]
    assert (second["outcome"], second["next_action"]) == ("published", "live")
    assert second["request_sha256"] == attempt["request_sha256"]


@pytest.mark.parametrize(
    ("fault", "outcome", "action"),
    [
        (Fault("status", status=422), "refused", "failed"),
        (Fault("drop_after"), "unknown", "tried again"),
        (Fault("status", status=503), "try_later", "tried again"),
        (Fault("page"), "unknown", "tried again"),
    ],
)
async def test_every_ended_attempt_says_why_and_what_follows(
    receiver: Receiver, fault: Fault, outcome: str, action: str
) -> None:
    receiver.play(fault)
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    await publish.send((await only(post)).id)
    (attempt,) = await attempts(post)
    assert attempt["outcome"] == outcome and attempt["why"]
    assert attempt["next_action"].startswith(action)
    assert attempt["request_sha256"] is not None


async def _everything() -> str:
    """All that the database says, as text."""
    tables = await sql.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [await sql.rows(f'SELECT * FROM "{found["tablename"]}"') for found in tables]
    return str([[dict(row) for row in table] for table in rows])


@pytest.mark.parametrize("platform", ["webhook", "sandbox"])
async def test_a_token_the_platform_echoes_is_kept_nowhere(receiver: Receiver, platform: str) -> None:
    channel = await (webhook(receiver) if platform == "webhook" else rehearsal(receiver))
    token = receiver.shelf.secret if platform == "webhook" else receiver.shelf.token
    forms = [token, token.removeprefix("whsec_"), f"Bearer {token}", json.dumps(token)]
    said = json.dumps({"error": {"you sent": forms, "authorization": f"Bearer {token}"}})
    for code in (500, 422):
        receiver.play(Fault("status", status=code, body=said, headers={"x-echo": token, "set-cookie": token}))
    post = await work(await queued(channel))
    await pass_time(post, seconds=61)
    await work(post)
    kept = await _everything()
    assert "[hidden]" in kept
    assert token not in kept and token.removeprefix("whsec_") not in kept


@pytest.mark.parametrize(
    "outcome",
    [
        Refused("unexpected", f"It said {CANARY}", Answer(400, f"you are {CANARY}")),
        TryLater("rate_limited", f"It said {CANARY}", None, Answer(429, CANARY)),
        NotSent(f"It said {CANARY}", answer=Answer(None, CANARY)),
        Unknown(f"It said {CANARY}", Answer(500, f"Authorization: Bearer {CANARY}")),
        Published("1", f"https://there.example/p?token={CANARY}", None, Answer(200, CANARY)),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_what_a_careless_platform_lets_through_is_masked_all_the_same(outcome: Outcome) -> None:
    account = Account(1, "Ours", {}, {"token": CANARY})
    assert CANARY not in str(redacted.safe(outcome, account))


def test_a_credential_in_another_spelling_is_masked_by_its_own_name() -> None:
    basic = base64.b64encode(b"anna:her own password").decode()
    outcome = Refused("unexpected", "No.", Answer(401, f"headers: Authorization: Basic {basic}; X: 1"))
    kept = str(redacted.safe(outcome, Account(1, "Ours", {})))
    assert basic not in kept and "Basic [hidden]; X: 1" in kept


# Nothing after the effect can fail the effect


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that follows an effect breaks, each time it is tried; the pauses between are short."""
    broken: list[str] = []
    monkeypatch.setattr(publish, "PAUSES", (0.01, 0.01))

    def breaks(name: str) -> Any:
        async def broke(*args: Any, **more: Any) -> None:
            broken.append(name)
            raise RuntimeError(name)

        return broke

    monkeypatch.setattr(closing, "_follow", breaks("the post's own end"))
    monkeypatch.setattr(turns, "first", breaks("who is next"))
    return broken


async def test_what_fails_after_the_effect_does_not_fail_the_effect(receiver: Receiver, failing: list[str]) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    with pytest.raises(RuntimeError, match="who is next"):
        await onward.send((await only(post)).id)
    assert failing == ["the post's own end", "who is next"]
    (row,) = await of(post)
    assert row.status == "published" and row.remote_url
    assert [attempt["outcome"] for attempt in await attempts(post)] == ["published"]
    assert len(receiver.log.effects("publish")) == 1


async def test_the_post_follows_when_the_trouble_is_over(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    with monkeypatch.context() as trouble:
        trouble.setattr(publish, "PAUSES", (0.01, 0.01))
        trouble.setattr(closing, "_complete", None)
        await publish.send((await only(post)).id)
    assert await statuses(post) == ["published"]
    assert (await work(post)).status == "published"
    assert len(receiver.requests()) == 1


@pytest.mark.parametrize("plays", ["keyed", "lookup", "blind"])
async def test_an_outcome_that_could_not_be_kept_at_once_is_kept_and_not_asked_for_again(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, plays: str
) -> None:
    """The database was away for a moment just when the answer came."""
    failures = [ConnectionResetError("gone"), OSError("still gone")]
    settle = publish.settle

    async def unsettled(*args: Any, **more: Any) -> bool:
        if failures:
            raise failures.pop()
        return await settle(*args, **more)

    monkeypatch.setattr(publish, "settle", unsettled)
    monkeypatch.setattr(publish, "PAUSES", (0.01, 0.01, 0.01))
    post = await queued(await rehearsal(receiver, plays))
    await publish.advance(post.id)
    await publish.send((await only(post)).id)
    assert (await only(post)).status == "published"
    assert len(receiver.log.effects("publish")) == 1 == len(receiver.requests())


async def test_a_doorbell_that_is_out_of_order_fails_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError("no Redis here")

    monkeypatch.setattr(doorbell, "_connection", away)
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    assert (await work(await queued(await webhook(receiver)))).status == "published"


async def test_an_answer_that_came_too_late_is_kept_beside_what_was_decided(receiver: Receiver) -> None:
    post = await queued(await webhook(receiver))
    await publish.advance(post.id)
    call = await publish.begin((await only(post)).id)
    assert call is not None
    await pass_time(post, seconds=31)
    await publish.send((await only(post)).id)
    outcome = Published("late-1", "https://there.example/p", None, Answer(201, '{"id": "late-1"}'))
    assert not await publish.settle(call.delivery, call.fence, outcome)
    first = (await attempts(post))[0]
    assert (first["outcome"], first["late_answer"]) == ("unknown", 'published 201 {"id": "late-1"}')
