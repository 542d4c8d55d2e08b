"""Many at once on one post: the row's lock is held until every pooled connection waits for it, then let go."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app import moves, seals
from app.flow import review
from app.lifecycles.facts import Asked
from app.tables import Approval, Event, Person, Post, Seal
from tests import makers
from tests.onlooker import onlooker, size, until
from tests.witness import by, stored

CROWD = 20
# The one place of app/moves.py where a post's version is checked, and what stands there without the check.
WHERE = (" AND version = $2", " AND $2::int IS NOT NULL")


@pytest.fixture(autouse=True)
async def team(database: object) -> Any:
    return await makers.make_team()


@pytest.fixture
async def editors() -> list[Person]:
    return [await makers.make_person("editor") for _ in range(CROWD)]


async def at_once(post: Post, tries: list[Awaitable[Any]]) -> Counter[str]:
    """Start all while the post is locked by another, wait until the whole pool waits, let go, count what came."""
    async with onlooker() as holder, onlooker() as watcher:
        transaction = holder.transaction()
        await transaction.start()
        await holder.fetch("SELECT 1 FROM post WHERE id = $1 FOR UPDATE", post.id)
        running = asyncio.gather(*tries, return_exceptions=True)
        await until(watcher, size())
        await transaction.rollback()
        return Counter(type(answer).__name__ for answer in await running)


async def told(post: Post, name: str) -> int:
    return int(await Event.count().where((Event.post == post.id) & (Event.move == name)))


async def version(post: Post) -> int:
    return int((await Post.select(Post.version).where(Post.id == post.id))[0]["version"])


async def edits(post: Post, editors: list[Person], move: Callable[..., Awaitable[Any]]) -> Counter[str]:
    """Everybody saves the same version of a post whose status the move does not change."""
    seen = [(await stored(post), editor) for editor in editors]
    return await at_once(post, [move(row, "edit", by=by(editor), asked=Asked(changed=True)) for row, editor in seen])


def without(*checks: tuple[str, str]) -> ModuleType:
    """app/moves.py with some of its checks of the version cut out."""
    path = Path(moves.__file__)
    source = path.read_text()
    for check, nothing in checks:
        assert source.count(check) == 1, f"app/moves.py no longer says {check!r}: adjust this test"
        source = source.replace(check, nothing)
    maimed = ModuleType("maimed_moves")
    exec(compile(source, str(path), "exec"), maimed.__dict__)
    return maimed


async def test_of_twenty_editors_who_approve_at_once_one_does(editors: list[Person]) -> None:
    post = await makers.make_post("generated_pending_review")
    digest = (await seals.sealable(post.id)).digest
    seen = [(await stored(post), editor) for editor in editors]
    answers = await at_once(post, [review.approve(row, digest, by=by(editor)) for row, editor in seen])
    assert answers["Vote"] == 1 and sum(answers.values()) == CROWD
    assert answers["IllegalMove"] + answers["MovedMeanwhile"] == CROWD - 1, answers
    assert (await told(post, "approve"), await version(post)) == (1, post.version + 1)
    assert await Seal.count().where(Seal.post == post.id) == 1
    assert await Approval.count().where(Approval.post == post.id) == 1


async def test_of_twenty_who_move_a_sealed_post_at_once_one_does(editors: list[Person]) -> None:
    """The bare move, with seal and vote already there: nothing but lock and version decides."""
    post = await makers.make_post("generated_pending_review")
    await makers.make_approval(post, await makers.make_seal(post, by=editors[0]), editors[0])
    seen = [(await stored(post), editor) for editor in editors]
    answers = await at_once(post, [moves.move(row, "approve", by=by(editor)) for row, editor in seen])
    assert answers == {"Post": 1, "MovedMeanwhile": CROWD - 1}
    assert (await told(post, "approve"), await version(post)) == (1, post.version + 1)


async def test_of_twenty_edits_of_one_version_one_is_kept(editors: list[Person]) -> None:
    post = await makers.make_post("modified_pending_review")
    assert await edits(post, editors, moves.move) == {"Post": 1, "MovedMeanwhile": CROWD - 1}
    assert (await told(post, "edit"), await version(post)) == (1, post.version + 1)


async def test_two_votes_of_three_at_once_approve_nothing_and_the_third_does(editors: list[Person]) -> None:
    await makers.make_team(approvals_needed=3)
    post = await makers.make_post("generated_pending_review")
    digest = (await seals.sealable(post.id)).digest
    seen = [(await stored(post), editor) for editor in editors]
    answers = await at_once(post, [review.approve(row, digest, by=by(editor)) for row, editor in seen])
    assert answers["Vote"] == 3 and answers["IllegalMove"] + answers["MovedMeanwhile"] == CROWD - 3
    assert (await told(post, "vote"), await told(post, "approve")) == (2, 1)


async def test_without_the_version_in_the_where_everybody_would_win(editors: list[Person]) -> None:
    """Proof that the tests above can fail: the version in the WHERE, and nothing else, makes them pass."""
    post = await makers.make_post("modified_pending_review")
    answers = await edits(post, editors, without(WHERE).move)
    assert answers["Post"] == CROWD - answers["MovedMeanwhile"] and answers["Post"] > 1, answers
    assert await told(post, "edit") == answers["Post"]


async def test_without_the_version_in_the_where_the_compare_and_set_lets_a_stale_row_through() -> None:
    """What test_moves demands of the WHERE alone would turn red without it."""
    seen = await makers.make_post("modified_pending_review")
    await Post.update({Post.version: Post.version + 1}).where(Post.id == seen.id)
    edited = moves.Happened("edit", by(await makers.make_person()), seen.id, None, None, "", {})
    with pytest.raises(moves.MovedMeanwhile):
        await moves._write(seen, seen.status, seen.status, {}, edited)
    fresh = await without(WHERE)._write(seen, seen.status, seen.status, {}, edited)
    assert fresh.version == seen.version + 2
