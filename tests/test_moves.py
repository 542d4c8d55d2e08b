"""move(): the one writer of statuses, on the real database. One lock, one event, all or nothing."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app import atomic as atomics
from app import doorbell, moves, sql
from app import facts as fact_sheet
from app.atomic import atomic
from app.lifecycles.facts import Asked
from app.lifecycles.machine import CLOCK, PLATFORM, WORKER, By
from app.lifecycles.post import POST
from app.moves import IllegalMove, MovedMeanwhile, Refused, move
from app.tables import Person, Post
from tests import makers
from tests.rows import now
from tests.silence import closed_port, point_at, silent_port
from tests.witness import by, events, rung, stored

REVIEW = "generated_pending_review"
NO = Asked(note="Not for us.")


@pytest.fixture(autouse=True)
async def team(database: object) -> Any:
    return await makers.make_team()


@pytest.fixture
async def editor() -> Person:
    return await makers.make_person("editor")


async def test_a_move_changes_status_and_version_and_returns_the_fresh_row(editor: Person) -> None:
    post = await makers.make_post(REVIEW)
    fresh = await move(post, "reject", by=by(editor), asked=NO)
    assert (fresh.status, fresh.version, fresh.id) == ("rejected", post.version + 1, post.id)
    assert (await stored(post)).to_dict() == fresh.to_dict()
    assert fresh.updated_at > post.updated_at


async def test_a_move_leaves_one_event_that_says_who_did_what(editor: Person) -> None:
    post = await makers.make_post(REVIEW)
    fresh = await move(post, "reject", by=by(editor), asked=NO, note="Not for us.", told={"digest": "ab"})
    [event] = await events(post)
    said = {key: event[key] for key in ("about", "about_id", "post", "version", "move", "from_status", "to_status")}
    assert said == {
        "about": "post", "about_id": post.id, "post": post.id, "version": fresh.version, "move": "reject",
        "from_status": REVIEW, "to_status": "rejected",
    }  # fmt: skip
    assert (event["by_kind"], event["person"], event["key"]) == ("person", editor.id, None)
    assert event["note"] == "Not for us."
    assert event["facts"] == '{"digest": "ab"}'


async def test_the_returned_row_can_be_moved_on(editor: Person) -> None:
    post = await makers.make_post(REVIEW)
    rejected = await move(post, "reject", by=by(editor), asked=NO)
    restored = await move(rejected, "restore", by=by(editor))
    assert (restored.status, restored.version) == (REVIEW, post.version + 2)
    assert [(event["move"], event["version"]) for event in await events(post)] == [
        ("reject", post.version + 1), ("restore", post.version + 2),
    ]  # fmt: skip


async def test_further_columns_are_written_in_the_same_move(editor: Person) -> None:
    post = await makers.make_post("rejected")
    fresh = await move(post, "replan", by=by(editor), asked=Asked(), values={Post.title: "Ebb", Post.keyword: "sea"})
    assert (fresh.status, fresh.title, fresh.keyword) == ("to_be_generated", "Ebb", "sea")


async def test_a_wrong_state_is_an_illegal_move(editor: Person) -> None:
    post = await makers.make_post(REVIEW)
    with pytest.raises(IllegalMove, match="“unschedule” is not possible while it is “Pending review”"):
        await move(post, "unschedule", by=by(editor))
    assert (await stored(post)).version == post.version and await events(post) == []


async def test_an_unknown_move_is_an_illegal_move(editor: Person) -> None:
    with pytest.raises(IllegalMove):
        await move(await makers.make_post(REVIEW), "explode", by=by(editor))


@pytest.mark.parametrize("role", ["viewer", "writer"])
async def test_a_wrong_person_is_forbidden(role: str) -> None:
    person = await makers.make_person(role)
    post = await makers.make_post(REVIEW, author=person)
    with pytest.raises(Refused) as refused:
        await move(post, "reject", by=by(person), asked=NO)
    assert refused.value.forbidden and refused.value.reason == "This needs the role editor."
    assert (await stored(post)).status == REVIEW and await events(post) == []


async def test_a_writer_moves_their_own_posts_and_nobody_else_s() -> None:
    author, other = await makers.make_person("writer"), await makers.make_person("writer")
    post = await makers.make_post("rejected", author=author)
    with pytest.raises(Refused) as refused:
        await move(post, "replan", by=by(other))
    assert refused.value.forbidden
    assert (await move(post, "replan", by=by(author))).status == "to_be_generated"


@pytest.mark.parametrize("actor", [CLOCK, PLATFORM, WORKER, By("key", key=1, scopes=frozenset({"publish", "admin"}))])
async def test_nobody_else_may_reject(actor: By) -> None:
    with pytest.raises(Refused) as refused:
        await move(await makers.make_post(REVIEW), "reject", by=actor, asked=NO)
    assert refused.value.forbidden


async def test_a_closed_guard_refuses_with_its_sentence_and_is_no_missing_right(editor: Person) -> None:
    post = await makers.make_post(REVIEW)
    await makers.make_revision(post, gaps=2)
    with pytest.raises(Refused, match="2 gaps are still open") as refused:
        await move(post, "approve", by=by(editor))
    assert not refused.value.forbidden and (await stored(post)).status == REVIEW


async def test_a_stale_version_is_refused(editor: Person) -> None:
    seen = await makers.make_post(REVIEW)
    await move(await stored(seen), "edit", by=by(editor), asked=Asked(changed=True))
    with pytest.raises(MovedMeanwhile):
        await move(seen, "reject", by=by(editor), asked=NO)
    assert (await stored(seen)).status == "modified_pending_review"


async def test_a_stale_version_is_refused_although_the_status_is_the_same(editor: Person) -> None:
    seen = await makers.make_post("modified_pending_review")
    await move(await stored(seen), "edit", by=by(editor), asked=Asked(changed=True))
    with pytest.raises(MovedMeanwhile):
        await move(seen, "edit", by=by(editor), asked=Asked(changed=True))
    assert (await stored(seen)).version == seen.version + 1


async def test_a_post_that_is_gone_was_moved_meanwhile(editor: Person) -> None:
    gone = await makers.make_post(REVIEW)
    gone.id = -7
    with pytest.raises(MovedMeanwhile):
        await move(gone, "reject", by=by(editor), asked=NO)


async def test_the_compare_and_set_alone_refuses_a_stale_version(editor: Person) -> None:
    """Without the lock and the look before it, the WHERE still lets only the newest version through."""
    seen = await makers.make_post("modified_pending_review")
    await move(await stored(seen), "edit", by=by(editor), asked=Asked(changed=True))
    status = seen.status
    with pytest.raises(MovedMeanwhile):
        await moves._write(seen, status, status, {}, moves.Happened("edit", by(editor), seen.id, None, None, "", {}))
    assert (await stored(seen)).version == seen.version + 1


async def test_a_refused_statement_leaves_nothing_of_the_move(editor: Person) -> None:
    post = await makers.make_post("rejected")
    with pytest.raises(asyncpg.CheckViolationError):
        await move(post, "restore", by=by(editor), values={Post.publish_at: now()})
    assert (await stored(post)).to_dict() == post.to_dict() and await events(post) == []


async def test_one_version_never_has_two_events(editor: Person) -> None:
    post = await move(await makers.make_post(REVIEW), "reject", by=by(editor), asked=NO)
    with pytest.raises(asyncpg.UniqueViolationError):
        await sql.run(
            "INSERT INTO event (about, about_id, version, post, move, by_kind)"
            " VALUES ('post', $1, $2, $1, 'x', 'worker')",
            post.id, post.version,
        )  # fmt: skip


async def test_two_moves_of_a_chain_happen_together_or_not_at_all(editor: Person) -> None:
    post = await makers.make_post("rejected", planned_on=None)
    with pytest.raises(IllegalMove):
        async with atomic():
            planned = await move(post, "replan", by=by(editor))
            await move(planned, "generate", by=by(editor))
    assert (await stored(post)).to_dict() == post.to_dict() and await events(post) == []


# Bells


async def test_a_bell_rings_after_the_commit_with_the_new_version(editor: Person) -> None:
    fresh = await move(await makers.make_post("to_be_generated"), "generate", by=by(editor))
    assert await rung() == [f"write:{fresh.id}:{fresh.version}"]


async def test_a_bell_waits_for_the_outermost_commit(editor: Person) -> None:
    post = await makers.make_post("to_be_generated")
    async with atomic():
        await move(post, "generate", by=by(editor))
        assert await rung() == []
    assert len(await rung()) == 1


async def test_no_bell_rings_for_a_move_that_was_rolled_back(editor: Person) -> None:
    post = await makers.make_post("to_be_generated")
    with pytest.raises(LookupError):
        async with atomic():
            await move(post, "generate", by=by(editor))
            raise LookupError
    assert await rung() == [] and (await stored(post)).status == "to_be_generated"


@pytest.mark.parametrize("away", [closed_port, silent_port])
async def test_a_missing_redis_fails_no_move_and_costs_little(
    away: Callable[[], AbstractContextManager[int]], editor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [await makers.make_post("to_be_generated") for _ in range(3)]
    monkeypatch.setattr(atomics, "doorbell", doorbell.Doorbell())
    with away() as port:
        point_at(port, monkeypatch)
        began = time.monotonic()
        for post in posts:
            assert (await move(post, "generate", by=by(editor))).status == "generating"
    assert time.monotonic() - began < doorbell.PATIENCE + 3


@pytest.mark.parametrize("status", POST.statuses)
async def test_from_every_status_only_the_moves_of_the_table_are_possible(status: str, editor: Person) -> None:
    post = await makers.make_post(status, author=editor)
    for name in {line.name for line in POST.moves} - {line.name for line in POST.leaving(status)}:
        with pytest.raises(IllegalMove):
            await move(post, name, by=by(editor))
    assert (await stored(post)).version == post.version


async def test_the_time_is_compared_with_the_database_s_clock_to_the_microsecond(editor: Person) -> None:
    post = await makers.make_post("approved", channels=[await makers.make_channel()])
    async with atomic():
        present = await sql.value("SELECT now()")
        line, facts = POST.find("schedule", post.status), await fact_sheet.of(post.id)
        assert line is not None
        with pytest.raises(Refused, match="That time has passed"):
            moves.demand(line, replace(facts, asked=Asked(at=present)), by(editor))
        later = present + timedelta(microseconds=1)
        assert (await move(post, "schedule", by=by(editor), asked=Asked(at=later))).status == "scheduled"
