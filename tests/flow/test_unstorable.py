"""A good answer with something in it that no row can keep is still an answer: nothing of it may lose the outcome."""

import json
from typing import Any

import pytest

from tests.flow.stage import attempts, only, pass_time, queued, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver
from tests.rows import now

HALF = "\ud83d"


@pytest.mark.parametrize("said", [{"id": "a\x00b"}, {"id": HALF}])
async def test_a_number_that_cannot_be_kept_is_no_receipt_and_the_same_key_asks_again(
    receiver: Receiver, said: dict[str, Any]
) -> None:
    receiver.play(Fault("status_after", status=200, body=json.dumps(said)))
    post = await work(await queued(await webhook(receiver)))
    assert (await only(post)).status == "retrying"
    assert [row["outcome"] for row in await attempts(post)] == ["unknown"]
    await pass_time(post, seconds=61)
    assert (await work(post)).status == "published"
    assert len(receiver.log.effects()) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"id": "7", "url": "https://there.example/\x00"},
        {"id": "7", "url": f"https://there.example/{HALF}"},
        {"id": "7", "live_at": "0001-01-01T00:00:00+14:00"},
        {"id": "7", "live_at": "9999-12-31T23:59:59-14:00"},
        {"id": "7", "live_at": "2999-01-01T00:00:00Z"},
    ],
)
async def test_an_address_or_a_time_that_cannot_be_kept_is_left_out(receiver: Receiver, said: dict[str, Any]) -> None:
    receiver.play(Fault("status_after", status=200, body=json.dumps(said)))
    post = await work(await queued(await webhook(receiver)))
    row = await only(post)
    assert (post.status, row.remote_id, row.remote_url) == ("published", "7", "")
    assert now(minutes=-1) < row.published_at <= now(seconds=1), "what is live now went live no later"
