"""Reminders of approvals: when they are due, to whoever may still approve, once for each version."""

import asyncio
import json

import pytest

from app import sql
from app.content import Text
from app.flow import approvers, plan, reminders, review
from app.tables import Post
from tests.flow.stage import acting, digest, somebody
from tests.makers import make_channel, make_person, make_post, make_team
from tests.rows import now

REVIEW = "generated_pending_review"


@pytest.fixture(autouse=True)
async def team(database: object) -> object:
    return await make_team()


async def due(**values: object) -> Post:
    """A post in review that goes out in two hours."""
    at = now(hours=2)
    values = {"planned_on": at.date(), "planned_time": at.time(), **values}
    return await make_post(REVIEW, channels=[await make_channel()], **values)  # type: ignore[arg-type]


async def reminded(post: Post) -> list[list[int]]:
    found = await sql.rows("SELECT facts FROM event WHERE move = 'remind' AND post = $1 ORDER BY id", post.id)
    return [json.loads(one["facts"])["people"] for one in found]


async def test_everybody_who_may_approve_is_reminded_once() -> None:
    ada, bo = await make_person("editor", name="Ada"), await make_person("admin", name="Bo")
    await make_person("writer")
    await make_person("editor", disabled_at=now())
    post = await due(author=await make_person("writer"))
    await asyncio.gather(reminders.sweep(), reminders.sweep())
    await reminders.sweep()
    assert await reminded(post) == [[ada.id, bo.id]]
    assert await sql.value("SELECT note FROM event WHERE move = 'remind'") == "Asked Ada and Bo."


async def test_a_new_version_is_reminded_of_again() -> None:
    by = await somebody()
    post = await due()
    await reminders.sweep()
    post = await review.save(await plan.load(post.id), Text("Ebb", "The water goes."), by=by)
    await reminders.sweep()
    assert await reminded(post) == [[by.person], [by.person]]


async def test_who_approved_or_wrote_it_and_who_is_not_named_is_left_alone() -> None:
    await make_team(approvals_needed=3, self_approval="never")
    author, voter, named, other = [await make_person("editor") for _ in range(4)]
    post = await due(author=author)
    await review.approve(post, await digest(post), by=acting(voter))
    await reminders.sweep()
    assert [set(people) for people in await reminded(post)] == [{named.id, other.id}]
    await approvers.save(None, [named.id, voter.id], by=acting(author))
    second = await due(author=author)
    await reminders.sweep()
    assert [set(people) for people in await reminded(second)] == [{voter.id, named.id}]


@pytest.mark.parametrize("why", ["archived", "frozen", "later", "over", "without a time", "decided"])
async def test_nobody_is_reminded_of_what_is_not_due(why: str) -> None:
    by = await somebody("admin")
    far, gone = now(hours=5), now(hours=-1)
    values: dict[str, object] = {
        "archived": {"archived_at": now()},
        "later": {"planned_on": far.date(), "planned_time": far.time()},
        "over": {"planned_on": gone.date(), "planned_time": gone.time()},
        "without a time": {"planned_time": None},
    }.get(why, {})
    post = await due(**values)
    if why == "frozen":
        await sql.run("UPDATE team SET frozen_at = now(), frozen_for = 'person'")
    if why == "decided":
        await review.reject(post, "No.", by=by)
    await reminders.sweep()
    assert await reminded(post) == []


async def test_the_team_says_how_long_before() -> None:
    await somebody()
    post = await due()
    await sql.run("UPDATE team SET settings = '{\"approve_hours\": 1}'")
    await reminders.sweep()
    assert await reminded(post) == []
    await sql.run("UPDATE team SET settings = '{\"approve_hours\": 3}'")
    await reminders.sweep()
    assert len(await reminded(post)) == 1
