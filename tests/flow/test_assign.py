"""Giving a post to another owner."""

import pytest

from app import sql
from app.flow.assign import assign
from app.lifecycles.post import STATUSES
from app.moves import MovedMeanwhile, Refused
from tests.flow.stage import somebody
from tests.makers import make_person, make_post, make_team
from tests.witness import events, stored


@pytest.fixture(autouse=True)
async def team(database: object) -> None:
    await make_team()


@pytest.mark.parametrize("status", STATUSES)
async def test_in_every_status_an_editor_gives_it_to_who_may_write(status: str) -> None:
    mara, by, post = await make_person("writer", name="Mara"), await somebody(), await make_post(status)
    fresh = await assign(post, mara.id, by=by)
    assert (fresh.author, fresh.status, fresh.version) == (mara.id, status, post.version + 1)
    [event] = await events(post)
    assert (event["move"], event["person"], event["note"], event["to_status"]) == (
        "assign", by.person, "To Mara.", None,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "writer"])
async def test_who_is_no_editor_gives_nothing_away(role: str) -> None:
    by = await somebody(role)
    post = await make_post(author=by.person)
    with pytest.raises(Refused) as refused:
        await assign(post, (await make_person("writer")).id, by=by)
    assert refused.value.forbidden and (await stored(post)).author == by.person


async def test_nobody_owns_a_post_who_may_not_write() -> None:
    by, post = await somebody(), await make_post()
    gone = await make_person("writer")
    await sql.run("UPDATE person SET disabled_at = now() WHERE id = $1", gone.id)
    for owner in ((await make_person("viewer")).id, gone.id, 987_654, None):
        with pytest.raises(Refused, match="may write"):
            await assign(post, owner, by=by)
    assert await events(post) == []


async def test_its_own_owner_is_no_change() -> None:
    mara = await make_person("writer")
    with pytest.raises(Refused, match="already"):
        await assign(await make_post(author=mara), mara.id, by=await somebody())


async def test_a_stale_version_is_refused() -> None:
    mara, by, seen = await make_person("writer"), await somebody(), await make_post()
    await assign(await stored(seen), (await make_person("writer")).id, by=by)
    with pytest.raises(MovedMeanwhile):
        await assign(seen, mara.id, by=by)
