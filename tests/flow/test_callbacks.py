"""keep and apply: a call counts once, is heard in the order in which things were said, and waits for its delivery."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from app import sql
from app.flow import callbacks, freeze
from app.flow.callbacks import Arrived, Kept
from app.lifecycles.machine import WORKER, By
from app.moves import Refused
from app.platforms.contract import HandedOff, Published, Removed
from app.platforms.contract import Refused as Declined
from app.tables import Channel, Delivery, Post
from tests.flow.conftest import bells
from tests.flow.stage import somebody
from tests.hooks.calling import events_of, hear_all, make_caller, make_sent, status_of
from tests.makers import make_attempt
from tests.rows import now

__all__ = ["bells"]

LIVE = Published("41", "https://there.example/41")


def arrived(channel: Channel, id: str = "evt-1", told: Any = LIVE, **more: Any) -> Arrived:
    body = json.dumps({"id": id})
    given = {"at": now(), "keys": ()} | more
    return Arrived(
        channel.id, id, "standard", "delivery.published", given.pop("at"), body, sha256(body.encode()).digest(), {},
        told, given.pop("keys"), **given,
    )  # fmt: skip


async def row_of(id: str = "evt-1") -> Any:
    return await sql.row("SELECT * FROM callback WHERE event_id = $1", id)


async def say(delivery: Delivery, number: int, told: Any, at: datetime) -> None:
    channel = await Channel.objects().get(Channel.id == delivery.channel)
    assert channel
    await callbacks.keep(arrived(channel, f"evt-{number}", told, at=at, keys=(delivery.key,)))
    await hear_all()


async def make_due(status: str = "sending") -> tuple[Post, Delivery]:
    channel, _ = await make_caller("sandbox", schedules=True)
    post, delivery = await make_sent(channel, status)
    if status != "sending":
        await make_attempt(delivery, "unknown")
    await sql.run("UPDATE publication SET due_at = now() - interval '1 minute'")
    return post, delivery


async def test_a_call_is_stored_and_rung_for_and_the_job_applies_it_once(bells: list[str]) -> None:
    channel, _ = await make_caller()
    post, delivery = await make_sent(channel)
    assert await callbacks.keep(arrived(channel, keys=(delivery.key,))) == Kept(new=True, ours=True)
    row = await row_of()
    assert (row["delivery"], row["result"], row["settled_at"]) == (delivery.id, None, None) and row["next_at"]
    assert bells == ["hear"] and await status_of(delivery) == "sending"
    for _ in range(3):
        await callbacks.apply(row["id"])
    assert (await status_of(delivery), await status_of(post)) == ("published", "published")
    assert await events_of(delivery) == ["confirm"] and (await row_of())["result"] == "heard"


async def test_known_already_it_is_neither_stored_nor_rung_for(bells: list[str]) -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)
    call = arrived(channel, keys=(delivery.key,))
    await callbacks.keep(call)
    rung = len(bells)
    again = replace(call, told=Removed(), body="another")
    assert await callbacks.keep(again) == Kept(new=False, ours=True)
    assert await sql.value("SELECT count(*) FROM callback") == 1 and len(bells) == rung


async def test_of_ten_that_arrive_at_once_under_one_id_one_counts() -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)
    call = arrived(channel, keys=(delivery.key,))
    found = await asyncio.gather(*(callbacks.keep(call) for _ in range(10)))
    assert [kept.new for kept in found].count(True) == 1
    number = (await row_of())["id"]
    await asyncio.gather(*(callbacks.apply(number) for _ in range(10)))
    assert await events_of(delivery) == ["confirm"]


async def test_the_same_id_of_two_channels_is_two_calls() -> None:
    for _ in range(2):
        channel, _ = await make_caller()
        assert (await callbacks.keep(arrived(channel))).new
    assert await sql.value("SELECT count(*) FROM callback") == 2


async def test_under_an_id_that_nobody_signs_the_same_body_is_a_replay() -> None:
    channel, _ = await make_caller()
    call = arrived(channel, repeatable=True)
    assert (await callbacks.keep(call)).new
    assert not (await callbacks.keep(replace(call, event_id="evt-2"))).new
    assert (await callbacks.keep(replace(call, event_id="evt-2", repeatable=False))).new


async def test_a_lost_ring_is_found_by_the_sweep(bells: list[str]) -> None:
    channel, _ = await make_caller()
    await callbacks.keep(arrived(channel))
    bells.clear()
    await callbacks.sweep()
    assert bells == ["hear"]
    await hear_all()
    bells.clear()
    await callbacks.sweep()
    assert bells == [], "it is looked at again in a moment, and not at once"


async def test_what_names_no_delivery_yet_is_matched_when_it_is_there() -> None:
    channel, _ = await make_caller()
    assert await callbacks.keep(arrived(channel, keys=("the-key",))) == Kept(new=True, ours=False)
    await hear_all()
    row = await row_of()
    assert (row["result"], row["delivery"], row["tries"]) == (None, None, 1) and row["next_at"] > row["received_at"]
    _, delivery = await make_sent(channel, key="the-key")
    await sql.run("UPDATE callback SET next_at = now()")
    await hear_all()
    assert await status_of(delivery) == "published" and (await row_of())["delivery"] == delivery.id


async def test_after_three_days_it_is_shown_as_unmatched_and_can_be_applied_later() -> None:
    channel, _ = await make_caller()
    await callbacks.keep(arrived(channel, keys=("the-key",)))
    await sql.run("UPDATE callback SET received_at = now() - interval '71 hours 59 minutes'")
    await hear_all()
    assert (await row_of())["result"] is None
    await sql.run("UPDATE callback SET received_at = now() - interval '72 hours', next_at = now()")
    await hear_all()
    row = await row_of()
    assert row["result"] == "unmatched" and row["settled_at"] and row["next_at"] is None
    _, delivery = await make_sent(channel, key="the-key")
    await callbacks.again(row["id"], by=await somebody("admin"))
    assert await status_of(delivery) == "published" and (await row_of())["result"] == "heard"


async def test_without_a_key_the_platforms_own_number_is_looked_for() -> None:
    channel, _ = await make_caller()
    other, _ = await make_caller()
    _, foreign = await make_sent(other, remote_id="item-7")
    await callbacks.keep(arrived(channel, remote_id="item-7"))
    await hear_all()
    assert (await row_of())["delivery"] is None
    _, delivery = await make_sent(channel, remote_id="item-7")
    await sql.run("UPDATE callback SET next_at = now()")
    await hear_all()
    assert (await status_of(delivery), await status_of(foreign)) == ("published", "sending")


async def test_a_kind_we_do_not_know_is_kept_and_passed_over(bells: list[str]) -> None:
    channel, _ = await make_caller()
    await callbacks.keep(arrived(channel, told=None))
    row = await row_of()
    assert (row["result"], row["next_at"], row["said"]) == ("ignored", None, None) and bells == []
    with pytest.raises(Refused, match="does not know"):
        await callbacks.again(row["id"], by=await somebody("admin"))
    assert (await row_of())["result"] == "ignored"


# Order


async def test_a_removal_that_overtook_the_news_of_going_live_is_a_removal() -> None:
    post, delivery = await make_due("handed_off")
    await say(delivery, 2, Removed(), now(minutes=-5))
    assert await status_of(delivery) == "failed"
    await say(delivery, 1, LIVE, now(minutes=-9))
    assert (await status_of(delivery), await status_of(post)) == ("withdrawn", "published")
    found = await sql.row("SELECT removed_at < now() - interval '4 minutes' AS then, remote_id FROM delivery")
    assert found and found["then"] and found["remote_id"] == "41"


async def test_an_old_removal_does_not_take_down_what_went_live_after_it() -> None:
    _, delivery = await make_due()
    await say(delivery, 2, LIVE, now(minutes=-5))
    await say(delivery, 1, Removed(), now(minutes=-9))
    assert await status_of(delivery) == "published" and await events_of(delivery) == ["confirm"]


async def test_an_old_report_of_failure_does_not_undo_what_is_live() -> None:
    _, delivery = await make_due()
    await say(delivery, 2, LIVE, now(minutes=-5))
    await say(delivery, 1, Declined("content_rejected", "No."), now(minutes=-9))
    assert await status_of(delivery) == "published"


async def test_the_address_is_the_one_that_was_said_last() -> None:
    _, delivery = await make_due()
    await say(delivery, 2, Published("42", "https://there.example/new"), now(minutes=-5))
    await say(delivery, 1, Published("41", "https://there.example/old"), now(minutes=-9))
    assert await sql.value("SELECT remote_url FROM delivery") == "https://there.example/new"
    await say(delivery, 3, Published("", "https://there.example/newest"), now(minutes=-1))
    found = await sql.row(
        "SELECT remote_id, remote_url, published_at < now() - interval '8 minutes' AS then FROM delivery"
    )
    assert found and tuple(found) == ("42", "https://there.example/newest", True)


async def test_our_own_answer_is_not_corrected_by_a_callback() -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel, "published", remote_url="https://there.example/ours")
    await say(delivery, 1, Published("9", "https://there.example/theirs"), now())
    assert await sql.value("SELECT remote_url FROM delivery") == "https://there.example/ours"


async def test_the_reason_is_the_one_that_was_said_last_and_ours_stays_ours() -> None:
    _, delivery = await make_due()
    await say(delivery, 2, Declined("content_rejected", "Too long."), now(minutes=-5))
    await say(delivery, 1, Declined("unexpected", "It failed."), now(minutes=-9))
    assert await sql.value("SELECT error_note FROM delivery") == "Too long."
    channel, _ = await make_caller()
    _, ours = await make_sent(channel, "failed", error_note="It answered 418.")
    await say(ours, 3, Declined("content_rejected", "Too long."), now())
    assert await sql.value("SELECT error_note FROM delivery WHERE id = $1", ours.id) == "It answered 418."


async def test_removed_there_and_restored_there_is_live_and_nobody_is_asked() -> None:
    _, delivery = await make_due()
    for number, told in enumerate([LIVE, Removed(), LIVE]):
        await say(delivery, number, told, now(minutes=number - 9))
    found = await sql.row("SELECT status, resurfaced_at, removed_at FROM delivery")
    assert found and tuple(found) == ("published", None, None)
    assert await events_of(delivery) == ["confirm", "withdraw", "confirm"]


async def test_the_newest_schedule_counts_and_is_told_once() -> None:
    channel, _ = await make_caller("sandbox", schedules=True)
    _, delivery = await make_sent(channel, "handed_off")
    then, later = now(days=3), now(days=5)
    await say(delivery, 2, HandedOff("41", "", later), now(minutes=-5))
    await say(delivery, 1, HandedOff("41", "", then), now(minutes=-9))
    assert await sql.value("SELECT error_note FROM delivery") == later.strftime(
        "It was moved there to %Y-%m-%d %H:%M UTC."
    )
    assert await events_of(delivery) == ["report_change"]


# Trouble


async def test_what_the_lifecycle_refuses_is_shown_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)

    async def refusing(*_: Any, **__: Any) -> bool:
        raise Refused("Not now.")

    monkeypatch.setattr(callbacks, "hear", refusing)
    await say(delivery, 1, LIVE, now())
    row = await row_of()
    assert (row["result"], row["note"]) == ("refused", "Not now.") and await status_of(delivery) == "sending"


async def test_one_that_breaks_off_is_tried_again_and_in_the_end_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)

    async def breaking(*_: Any, **__: Any) -> bool:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "hear", breaking)
        await say(delivery, 1, LIVE, now())
        row = await row_of()
        assert (row["result"], row["tries"]) == (None, 1) and row["next_at"] > row["received_at"]
        for _ in range(callbacks.MOST_TRIES):
            await sql.run("UPDATE callback SET next_at = now() WHERE next_at IS NOT NULL")
            await hear_all()
    assert (await row_of())["result"] == "failed" and "could not be applied" in caplog.text
    await callbacks.again(row["id"], by=await somebody("admin"))
    assert await status_of(delivery) == "published"


async def test_it_is_heard_while_sending_is_frozen() -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)
    await freeze.freeze(by=By("person", person=(await somebody("admin")).person, role="admin"))
    await say(delivery, 1, LIVE, now())
    assert await status_of(delivery) == "published"


@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_only_an_admin_applies_one_again(role: str) -> None:
    channel, _ = await make_caller()
    await callbacks.keep(arrived(channel))
    with pytest.raises(Refused, match="Only an admin"):
        await callbacks.again((await row_of())["id"], by=await somebody(role))
    with pytest.raises(Refused):
        await callbacks.again((await row_of())["id"], by=WORKER)


async def test_applied_again_it_changes_nothing_and_is_written_down() -> None:
    channel, _ = await make_caller()
    _, delivery = await make_sent(channel)
    await say(delivery, 1, LIVE, now())
    row, by = await row_of(), await somebody("admin")
    for _ in range(2):
        await callbacks.again(row["id"], by=by)
    assert await events_of(delivery) == ["confirm"]
    assert "known" in (await row_of())["note"]
    told = await sql.rows("SELECT move, person FROM event WHERE about = 'channel'")
    assert [tuple(one) for one in told] == [("apply_callback", by.person)] * 2
    with pytest.raises(LookupError):
        await callbacks.again(row["id"] + 1000, by=by)


async def test_ids_are_known_for_a_month_and_more() -> None:
    channel, _ = await make_caller()
    for id, days in (("old", 36), ("month", 34), ("new", 0)):
        await callbacks.keep(arrived(channel, id))
        await sql.run(
            "UPDATE callback SET received_at = now() - make_interval(days => $2) WHERE event_id = $1", id, days
        )
    await callbacks.forget_old()
    assert {record["event_id"] for record in await sql.rows("SELECT event_id FROM callback")} == {"month", "new"}
