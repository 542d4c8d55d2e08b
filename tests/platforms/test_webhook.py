"""The signed webhook on the wire: what a receiver of Standard Webhooks sees and may answer."""

import asyncio
import json
from dataclasses import replace

import pytest
from standardwebhooks import Webhook as Reference

from app.platforms import platform
from app.platforms.contract import Published, Refused, Removed, Unknown

from .faults import Fault
from .parcels import account, parcel
from .receiver import Receiver
from .shelf import Asked

WEBHOOK = platform("webhook")


@pytest.fixture
def seen(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    seen: list[Asked] = []
    act = receiver.shelf.act
    monkeypatch.setattr(type(receiver.shelf), "act", lambda shelf, asked: (seen.append(asked), act(asked))[1])
    return seen


async def test_the_reference_library_accepts_what_we_send(receiver: Receiver, seen: list[Asked]) -> None:
    sent = parcel(account("webhook", receiver))
    await WEBHOOK.publish(sent)
    said = Reference(receiver.shelf.secret).verify(seen[0].body, seen[0].headers)
    assert said["type"] == "post.publish"
    assert said["data"]["delivery_id"] == said["data"]["idempotency_key"] == seen[0].headers["webhook-id"] == "key-1"
    assert sent.due_at is not None
    assert said["data"]["scheduled_at"] == sent.due_at.isoformat().replace("+00:00", "Z")
    assert set(said["data"]["post"]) == {
        "title", "slug", "excerpt", "body_markdown", "body_html", "text", "pictures", "link"
    }  # fmt: skip
    assert said["data"]["post"]["title"] == sent.content.title
    assert said["data"]["post"]["pictures"][0]["alt"] == "A bed of roses"


async def test_a_repetition_has_the_same_id_and_a_new_signature(receiver: Receiver, seen: list[Asked]) -> None:
    sent = parcel(account("webhook", receiver))
    await WEBHOOK.publish(sent)
    await asyncio.sleep(1.01)
    await WEBHOOK.publish(sent)
    first, second = (asked.headers for asked in seen)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_a_removal_is_no_repetition_of_the_publish_it_undoes(receiver: Receiver) -> None:
    sent = parcel(account("webhook", receiver))
    published = await WEBHOOK.publish(sent)
    assert isinstance(published, Published)
    assert isinstance(await WEBHOOK.update(replace(sent, remote_id=published.remote_id)), Published)
    assert isinstance(await WEBHOOK.remove(replace(sent, remote_id=published.remote_id)), Removed)
    assert [row["verb"] for row in receiver.log.effects()] == ["publish", "update", "unpublish"]


async def test_only_the_short_text_leaves_when_that_is_what_was_asked(receiver: Receiver, seen: list[Asked]) -> None:
    await WEBHOOK.publish(parcel(account("webhook", receiver, content="text")))
    post = json.loads(seen[0].body)["data"]["post"]
    assert (post["text"], post["body_markdown"], post["body_html"]) == ("A caption", "", "")


@pytest.mark.parametrize(
    ("body", "type", "id", "url"),
    [
        ("", "text/plain", "key-1", ""),
        ("ok", "text/plain", "key-1", ""),
        ("null", "application/json", "key-1", ""),
        ("{}", "application/json", "key-1", ""),
        ('{"id": 42, "url": "https://there.example/p"}', "application/json", "42", "https://there.example/p"),
        ('{"id": "a", "url": "javascript:alert(1)"}', "application/json", "a", ""),
        ('{"id": "a", "url": "/relative"}', "application/vnd.api+json", "a", ""),
        ('{"id": null, "url": null}', "application/json", "key-1", ""),
    ],
)
async def test_a_receipt_may_be_terse(receiver: Receiver, body: str, type: str, id: str, url: str) -> None:
    receiver.play(Fault("status", status=200, body=body or " ", headers={"content-type": type}))
    outcome = await WEBHOOK.publish(parcel(account("webhook", receiver)))
    assert isinstance(outcome, Published)
    assert (outcome.remote_id, outcome.url) == (id, url)


async def test_a_conflict_that_names_the_item_is_adopted(receiver: Receiver) -> None:
    there = '{"id": "a", "url": "https://there.example/p"}'
    receiver.play(Fault("status", status=409, body=there), Fault("status", status=409, body="{}"))
    sent = parcel(account("webhook", receiver))
    adopted, unclear = [await WEBHOOK.publish(sent) for _ in range(2)]
    assert isinstance(adopted, Published)
    assert (adopted.remote_id, adopted.url) == ("a", "https://there.example/p")
    assert isinstance(unclear, Unknown)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_short", "whsec_%%%", "plain words"])
async def test_without_a_usable_secret_nothing_is_sent(receiver: Receiver, secret: str) -> None:
    sent = parcel(replace(account("webhook", receiver), secrets={"secret": secret}))
    outcome = await WEBHOOK.publish(sent)
    assert isinstance(outcome, Refused)
    assert outcome.kind == "invalid_settings"
    assert not receiver.requests()


async def test_an_update_keeps_the_address_the_receiver_did_not_repeat(receiver: Receiver) -> None:
    receiver.play(Fault("status", status=204))
    sent = parcel(account("webhook", receiver), remote_id="a", remote_url="https://there.example/p")
    outcome = await WEBHOOK.update(sent)
    assert isinstance(outcome, Published)
    assert (outcome.remote_id, outcome.url) == ("a", "https://there.example/p")
