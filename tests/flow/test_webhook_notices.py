"""An endpoint that pauses itself: every admin is told once, why, and is led to it."""

import pytest

from app import sql
from app.flow import notice_words, webhook_sending, webhooks
from app.flow.notice_words import Told
from app.flow.notices import URGENT, NoticeKind
from tests.flow.listener import Answer, Listener
from tests.flow.stage import acting
from tests.flow.test_webhooks import approving, endpoint, listener, pass_by, row
from tests.makers import make_person

__all__ = ["listener"]


async def told(person: int) -> list[Told]:
    found = await sql.rows("SELECT id FROM notice WHERE person = $1 ORDER BY id", person)
    return await notice_words.told([record["id"] for record in found])


async def test_an_endpoint_that_wants_no_more_is_told_to_admins_and_leads_there(listener: Listener) -> None:
    ada, eva, gone = await make_person("admin"), await make_person("editor"), await make_person("admin")
    await sql.run("UPDATE person SET disabled_at = now() WHERE id = $1", gone.id)
    number, _ = await endpoint(listener)
    listener.usual = Answer(410)
    await approving()
    await approving()
    await webhook_sending.sweep()
    await webhook_sending.sweep()
    [notice] = await told(ada.id)
    assert (notice.kind, notice.sentence) == (NoticeKind.WEBHOOK_PAUSED, "The webhook “Ours” was paused")
    assert (notice.detail, notice.href) == ("It answered 410: it wants no more.", f"/settings/webhooks/{number}")
    assert await told(eva.id) == await told(gone.id) == [], "who cannot mend it, or is not here any more"


async def test_five_days_without_success_are_told_and_a_second_time_again(listener: Listener) -> None:
    ada = await make_person("admin")
    number, _ = await endpoint(listener)
    for times in (1, 2):
        listener.usual = Answer(500)
        await approving()
        await webhook_sending.sweep()
        await pass_by(days=5)
        await webhook_sending.sweep()
        assert (await row(number))["paused_for"] == "failing"
        assert [one.detail for one in await told(ada.id)][:1] == ["Nothing arrived for five days."]
        assert len(await told(ada.id)) == times
        await webhooks.resume(number, by=acting(ada))


async def test_what_became_of_it_since_stands_below(listener: Listener) -> None:
    ada = await make_person("admin")
    number, _ = await endpoint(listener)
    await webhook_sending._stop(number, "sealed")
    assert "SECRET_KEY" in (await told(ada.id))[0].detail
    await webhooks.resume(number, by=acting(ada))
    assert (await told(ada.id))[0].detail == "It was resumed."
    await webhooks.remove(number, by=acting(ada))
    [notice] = await told(ada.id)
    assert (notice.detail, notice.href) == ("It was removed.", "/settings/webhooks")


async def test_a_pause_by_hand_is_no_news_and_one_by_itself_comes_by_mail_at_once(listener: Listener) -> None:
    ada = await make_person("admin")
    number, _ = await endpoint(listener)
    await webhooks.pause(number, by=acting(ada))
    assert await told(ada.id) == []
    assert NoticeKind.WEBHOOK_PAUSED in URGENT


@pytest.mark.parametrize("why", ["gone", "failing", "sealed"])
async def test_pausing_twice_tells_once(listener: Listener, why: str) -> None:
    ada = await make_person("admin")
    number, _ = await endpoint(listener)
    await webhook_sending._stop(number, why)
    await webhook_sending._stop(number, why)
    assert len(await told(ada.id)) == 1
