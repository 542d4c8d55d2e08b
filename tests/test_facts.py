"""The fact sheet of a post says what is in the rows: each fact set, and each absent."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import facts, sql
from app.atomic import atomic
from app.lifecycles.facts import PostFacts
from app.tables import Approver, Post, Seal
from tests import makers
from tests.rows import now

REVIEW = "generated_pending_review"


@pytest.fixture(autouse=True)
async def team(database: object) -> Any:
    return await makers.make_team()


async def of(post: Post) -> PostFacts:
    return await facts.of(post.id)


async def test_a_post_that_is_not_there_has_no_facts() -> None:
    with pytest.raises(LookupError):
        await facts.of(-1)
    assert await facts.many([-1]) == {}


async def test_a_bare_idea_has_nothing_but_itself() -> None:
    sheet = await of(await makers.make_post("awaiting_user_date"))
    assert (sheet.status, sheet.version, sheet.body, sheet.typed, sheet.sealed) == (
        "awaiting_user_date", 1, False, False, False,
    )  # fmt: skip
    assert (sheet.targets, sheet.run, sheet.recall, sheet.planned_on, sheet.publish_at) == ((), None, None, None, None)
    assert (sheet.gaps, sheet.pictures_pending, sheet.pictures_failed, sheet.voters, sheet.named) == (
        0,
        0,
        0,
        set(),
        (),
    )
    assert (sheet.archived, sheet.frozen, sheet.running, sheet.quota_left) == (False, False, False, None)


async def test_many_posts_take_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [await makers.make_post(status) for status in ("approved", "published", "missed")]
    asked, rows = [], sql.rows

    async def counted(statement: str, *values: Any) -> Any:
        asked.append(statement)
        return await rows(statement, *values)

    monkeypatch.setattr(sql, "rows", counted)
    found = await facts.many([post.id for post in posts])
    assert {number: sheet.status for number, sheet in found.items()} == {post.id: post.status for post in posts}
    assert len(asked) == 1


async def test_now_is_the_database_s_and_today_the_team_s() -> None:
    post = await makers.make_post(REVIEW)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        await makers.make_team(zone=zone)
        async with atomic():
            sheet = await of(post)
            assert sheet.now == await sql.value("SELECT now()")
        assert sheet.today == sheet.now.astimezone(ZoneInfo(zone)).date()


async def test_the_two_ends_of_the_world_have_two_dates() -> None:
    """25 hours apart: a sheet that took the server's date would be wrong in one of them."""
    post = await makers.make_post(REVIEW)
    found = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        await makers.make_team(zone=zone)
        found.append((await of(post)).today)
    assert found[0] > found[1]


async def test_the_plan_is_told() -> None:
    author = await makers.make_person("writer")
    post = await makers.make_post("scheduled", author=author)
    sheet = await of(post)
    assert (sheet.author, sheet.planned_on, sheet.publish_at) == (author.id, post.planned_on, post.publish_at)
    assert (await of(await makers.make_post("rejected", archived_at=now()))).archived


async def test_a_body_counts_and_a_typed_one_is_known_as_such() -> None:
    typed = await of(await makers.make_post("to_be_generated", with_revision=True))
    assert typed.body and typed.typed
    drafted = await of(await makers.make_post(REVIEW))
    assert drafted.body and not drafted.typed
    empty = await makers.make_post(REVIEW)
    await makers.make_revision(empty, body="")
    assert not (await of(empty)).body


async def test_gaps_and_pictures_are_those_of_the_current_revision() -> None:
    post = await makers.make_post(REVIEW)
    old = await makers.make_revision(post, gaps=5)
    await makers.make_picture(old, await makers.make_media(post, "failed"), 0)
    current = await makers.make_revision(post, gaps=2)
    for position, status in enumerate(("pending", "pending", "failed", "processed")):
        await makers.make_picture(current, await makers.make_media(post, status), position)
    await makers.make_media(post, "pending")
    sheet = await of(post)
    assert (sheet.gaps, sheet.pictures_pending, sheet.pictures_failed) == (2, 2, 1)


async def test_an_open_run_is_running_and_an_ended_one_is_not() -> None:
    assert (await of(await makers.make_post("generating"))).running
    assert not (await of(await makers.make_post("generation_failed"))).running


async def test_valid_votes_count_each_in_its_persons_name() -> None:
    post = await makers.make_post(REVIEW)
    seal = await makers.make_seal(post)
    ada, bo, cy = await makers.make_person(), await makers.make_person(), await makers.make_person()
    await makers.make_approval(post, seal, ada)
    await makers.make_approval(post, seal, bo, voided_at=now())
    await makers.make_approval(post, seal, cy, guest="Guest of Cy")
    sheet = await of(post)
    assert (sheet.voters, sheet.votes_with(bo.id), sheet.votes_with(cy.id)) == ({ada.id, cy.id}, 3, 2)


async def test_named_people_are_all_needed_while_they_may_approve() -> None:
    await makers.make_team(approvals_needed=3)
    ada, bo = await makers.make_person(name="Ada"), await makers.make_person(name="Bo")
    lost, gone = await makers.make_person("writer"), await makers.make_person(disabled_at=now())
    for person in (bo, ada, lost, gone):
        await Approver(person=person.id).save()
    post = await makers.make_post(REVIEW)
    await makers.make_approval(post, await makers.make_seal(post), await makers.make_person())
    sheet = await of(post)
    assert sheet.named == (facts.Approver(ada.id, "Ada"), facts.Approver(bo.id, "Bo"))
    assert (sheet.needed, sheet.voters) == (2, frozenset())
    await sql.run("UPDATE person SET disabled_at = now()")
    assert ((await of(post)).named, (await of(post)).needed) == ((), 3)


async def test_a_campaigns_own_rule_goes_before_the_teams_names() -> None:
    """Its names first, then its number; a campaign that says neither has the team's names."""
    ada, bo = await makers.make_person(), await makers.make_person()
    await Approver(person=ada.id).save()
    named, numbered, plain = [await makers.make_campaign(approvals_needed=n) for n in (5, 2, None)]
    await Approver(person=bo.id, campaign=named.id).save()
    found = [await of(await makers.make_post(REVIEW, campaign=one)) for one in (named, numbered, plain, None)]
    assert [tuple(one.person for one in sheet.named) for sheet in found] == [(bo.id,), (), (ada.id,), (ada.id,)]
    assert [sheet.needed for sheet in found] == [1, 2, 1, 1]


async def test_an_approval_is_due_as_long_before_as_the_team_says() -> None:
    post = await makers.make_post(REVIEW)
    assert (await of(post)).lead == timedelta(hours=4)
    await sql.run("UPDATE team SET settings = '{\"approve_hours\": 48}'")
    assert (await of(post)).lead == timedelta(hours=48)


@pytest.mark.parametrize(("team", "campaign", "needed"), [(1, None, 1), (3, None, 3), (3, 2, 2), (1, 4, 4)])
async def test_a_campaign_may_ask_for_other_numbers_of_approvals(team: int, campaign: int | None, needed: int) -> None:
    await makers.make_team(approvals_needed=team)
    post = await makers.make_post(REVIEW, campaign=await makers.make_campaign(approvals_needed=campaign))
    assert (await of(post)).needed == needed


@pytest.mark.parametrize(
    ("campaign", "mode"), [(None, "autopilot"), ({}, "manual"), ({"mode": "approval"}, "approval")]
)
async def test_in_a_campaign_nothing_is_scheduled_by_itself_unless_it_says_so(campaign: Any, mode: str) -> None:
    """product.md §2.6: in a campaign approval schedules nothing by default."""
    await makers.make_team(mode="autopilot")
    values = {} if campaign is None else {"campaign": await makers.make_campaign(**campaign)}
    assert (await of(await makers.make_post(REVIEW, **values))).mode == mode


async def test_self_approval_alone_means_one_who_can_approve() -> None:
    post = await makers.make_post(REVIEW)
    await makers.make_person("editor")
    await makers.make_person("writer")
    await makers.make_person("admin", disabled_at=now())
    await makers.make_team(self_approval="alone")
    assert (await of(post)).self_approval
    await makers.make_person("admin")
    assert not (await of(post)).self_approval
    await makers.make_team(self_approval="always")
    assert (await of(post)).self_approval
    await makers.make_team(self_approval="never")
    assert not (await of(post)).self_approval


async def test_whoever_wrote_or_edited_it_made_it() -> None:
    author, other = await makers.make_person("writer"), await makers.make_person("editor")
    post = await makers.make_post(REVIEW, author=author)
    await makers.make_revision(post, person=other)
    await makers.make_revision(post, person=None)
    assert (await of(post)).makers == {author.id, other.id}


async def test_a_seal_speaks_only_for_the_revision_it_was_made_of() -> None:
    post = await makers.make_post("approved")
    assert (await of(post)).sealed
    await makers.make_revision(post)
    assert not (await of(post)).sealed


async def test_a_voided_seal_says_nothing() -> None:
    post = await makers.make_post("approved")
    await Seal.update({Seal.voided_at: now()}).where(Seal.post == post.id)
    assert not (await of(post)).sealed


async def test_the_team_s_switches_are_told() -> None:
    post = await makers.make_post(REVIEW)
    for on in (True, False):
        frozen = {"frozen_at": now(), "frozen_for": "person"} if on else {"frozen_at": None, "frozen_for": None}
        await makers.make_team(generation_on=on, **frozen)
        assert ((await of(post)).writing_on, (await of(post)).frozen) == (on, on)


async def test_the_quota_counts_what_was_charged_this_month() -> None:
    await makers.make_team(monthly_quota=3)
    post = await makers.make_post(REVIEW)
    month = now().date().replace(day=1)
    for charged in (month, month, month - timedelta(days=1)):
        run = await makers.make_generation(post)
        await sql.run("INSERT INTO charge (generation, month) VALUES ($1, $2)", run.id, charged.replace(day=1))
    assert (await of(post)).quota_left == 1
