"""Campaigns: made once, edited without losing anybody's words, put away, copied post by post."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from app import facts, sql
from app.flow import campaigns, plan
from app.flow.campaigns import Wanted
from app.moves import MovedMeanwhile, Refused
from app.tables import Campaign, Revision
from tests.flow.stage import acting, moves_of, somebody
from tests.makers import make_campaign, make_channel, make_media, make_person, make_picture, make_post, make_team
from tests.rows import now


async def told(campaign: int) -> list[str]:
    found = await sql.rows("SELECT move FROM event WHERE about = 'campaign' AND about_id = $1 ORDER BY id", campaign)
    return [record["move"] for record in found]


async def test_the_same_form_sent_twice_makes_one_campaign() -> None:
    by, once = await somebody(), uuid4()
    first = await campaigns.create(Wanted("Holiday"), by=by, form_token=once)
    assert await campaigns.create(Wanted("Holiday"), by=by, form_token=once) == first
    assert await sql.value("SELECT count(*) FROM campaign") == 1 and await told(first) == ["create"]


async def test_an_edit_says_what_changed_and_raises_the_version() -> None:
    row = await make_campaign(title="Holiday")
    await campaigns.save(row.id, 1, Wanted("Holiday", "Gifts.", "approval", False, 2), by=await somebody())
    fresh = await campaigns.load(row.id)
    assert (fresh.version, fresh.brief, fresh.mode, fresh.approvals_needed) == (2, "Gifts.", "approval", 2)
    facts_told = await sql.value("SELECT facts FROM event WHERE about = 'campaign' AND about_id = $1", row.id)
    assert "Gifts." in facts_told and "title" not in facts_told


async def test_a_stale_version_changes_nothing() -> None:
    row, by = await make_campaign(title="Holiday"), await somebody()
    await campaigns.save(row.id, 1, Wanted("Winter"), by=by)
    with pytest.raises(MovedMeanwhile):
        await campaigns.save(row.id, 1, Wanted("Summer"), by=by)
    with pytest.raises(MovedMeanwhile):
        await campaigns.archive(row.id, 1, by=by)
    assert (await campaigns.load(row.id)).title == "Winter" and await told(row.id) == ["edit"]


@pytest.mark.parametrize("wanted", [Wanted("A", mode="autopilot"), Wanted("A", follows_team=True),
                                    Wanted("A", approvals_needed=1)])  # fmt: skip
async def test_a_writer_writes_the_brief_and_decides_nothing(wanted: Wanted) -> None:
    row, writer = await make_campaign(title="Holiday"), await somebody("writer")
    await campaigns.save(row.id, 1, Wanted("Holiday", "Gifts."), by=writer)
    with pytest.raises(Refused) as refused:
        await campaigns.save(row.id, 2, wanted, by=writer)
    assert refused.value.forbidden
    with pytest.raises(Refused):
        await campaigns.create(wanted, by=writer)


async def test_what_is_put_away_comes_back() -> None:
    row, by = await make_campaign(), await somebody()
    await campaigns.archive(row.id, 1, by=by)
    assert (await campaigns.load(row.id)).archived_at is not None
    await campaigns.unarchive(row.id, 2, by=by)
    assert (await campaigns.load(row.id)).archived_at is None and await told(row.id) == ["archive", "unarchive"]


async def test_by_default_approving_in_a_campaign_schedules_nothing() -> None:
    await make_team(mode="autopilot")
    post = await make_post(campaign=(await make_campaign()).id)
    assert (await facts.of(post.id)).mode == "manual"


@pytest.mark.parametrize("mode", ["manual", "approval", "autopilot"])
async def test_a_campaign_that_follows_the_team_has_its_mode(mode: str) -> None:
    await make_team(mode=mode)
    post = await make_post(campaign=(await make_campaign(follows_team=True)).id)
    assert (await facts.of(post.id)).mode == mode


async def test_a_copy_has_the_texts_pictures_and_channels_and_no_history() -> None:
    old, channel = await make_campaign(title="Holiday", brief="Gifts.", mode="approval"), await make_channel()
    post = await make_post("published", campaign=old.id, channels=[channel], keyword="gifts", title="Gift guide")
    await make_picture(await _revision(post.revision), await make_media(post))
    await make_post("rejected", campaign=old.id, archived_at=now())
    made, done = await campaigns.duplicate(old.id, "Holiday 2", None, by=await somebody(), form_token=uuid4())
    assert [one.why for one in done] == [""]
    copy = done[0].fresh
    assert copy is not None
    assert (copy.status, copy.title, copy.keyword, copy.campaign, copy.planned_on) == (
        "generated_pending_review", "Gift guide", "gifts", made, None,
    )  # fmt: skip
    assert await plan.targets(copy.id) == (channel.id,) and await moves_of(copy) == ["create"]
    assert await sql.value("SELECT count(*) FROM picture WHERE revision = $1", copy.revision) == 1
    new = await campaigns.load(made)
    assert (new.title, new.brief, new.mode) == ("Holiday 2", "Gifts.", "approval")
    assert (await plan.load(post.id)).campaign == old.id


async def test_a_copy_sent_twice_is_made_once_and_goes_on_where_it_stopped() -> None:
    old, by, once = await make_campaign(), await somebody(), uuid4()
    await make_post("awaiting_user_date", campaign=old.id)
    made, _ = await campaigns.duplicate(old.id, "Copy", None, by=by, form_token=once)
    await make_post("awaiting_user_date", campaign=old.id)
    again, done = await campaigns.duplicate(old.id, "Copy", None, by=by, form_token=once)
    assert again == made and len(done) == 2
    assert await sql.value("SELECT count(*) FROM post WHERE campaign = $1", made) == 2


async def test_days_move_by_whole_weeks_and_keep_their_time() -> None:
    today = now().date()
    post = await make_post("to_be_generated", planned_on=today, planned_time=time(9), zone="Europe/Berlin")
    assert campaigns.shifted(post, 2, today).on == today + timedelta(days=14)
    assert campaigns.shifted(post, 2, today).time == time(9)
    assert campaigns.shifted(post, None, today).on is None
    assert campaigns.shifted(post, 1, today + timedelta(days=8)).on is None, "a day that would be over is left empty"


async def test_a_time_that_the_new_day_does_not_have_becomes_the_next_valid_one() -> None:
    post = await make_post("to_be_generated", planned_on=date(2027, 3, 21), planned_time=time(2, 30),
                           zone="Europe/Berlin")  # fmt: skip
    assert campaigns.shifted(post, 1, date(2027, 1, 1)).time == time(3, 30)


async def test_a_writer_copies_the_words_and_not_the_decisions() -> None:
    old = await make_campaign(mode="autopilot", approvals_needed=1, brief="Gifts.")
    writer = acting(await make_person("writer"))
    made, _ = await campaigns.duplicate(old.id, "Copy", None, by=writer, form_token=uuid4())
    new = await campaigns.load(made)
    assert (new.brief, new.mode, new.approvals_needed) == ("Gifts.", None, None)


async def test_too_many_posts_are_not_copied_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    old = await make_campaign()
    for _ in range(3):
        await make_post("awaiting_user_date", campaign=old.id)
    monkeypatch.setattr(campaigns, "MOST", 2)
    with pytest.raises(Refused):
        await campaigns.duplicate(old.id, "Copy", None, by=await somebody(), form_token=uuid4())
    assert await Campaign.count() == 1


async def _revision(number: int | None) -> Revision:
    found = await Revision.objects().get(Revision.id == number)
    assert found is not None
    return found
