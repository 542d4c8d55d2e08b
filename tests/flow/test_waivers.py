"""A failing check passes by name, for one version, by somebody who may; and that can be taken back."""

import pytest

from app import sql
from app.content import Text
from app.flow import plan, review, waivers
from app.moves import MovedMeanwhile, Refused
from app.tables import Post
from tests.flow.stage import acting, moves_of, somebody
from tests.makers import make_person, make_post


async def waived(post: Post) -> list[str]:
    return [row["name"] for row in await sql.rows("SELECT name FROM waiver WHERE revision = $1", post.revision)]


async def test_a_waiver_is_kept_once_told_once_and_taken_back() -> None:
    post, by = await make_post(), await somebody()
    for _ in range(2):
        await waivers.waive(post, "alt", " Only a line. ", by=by)
    assert await sql.value("SELECT note FROM waiver") == "Only a line."
    assert await waived(post) == ["alt"]
    for _ in range(2):
        await waivers.unwaive(post, "alt", by=by)
    assert await waived(post) == [] and await moves_of(post) == ["waive", "unwaive"]


@pytest.mark.parametrize("name", ["gaps", "pictures", "fits-", "fits-x", "alt ", "", "links'"])
async def test_what_forbids_an_approval_cannot_be_waived(name: str) -> None:
    post = await make_post()
    with pytest.raises(Refused, match="cannot be waived"):
        await waivers.waive(post, name, "Because.", by=await somebody())


@pytest.mark.parametrize("note", ["", "  ", "x" * 501])
async def test_a_waiver_says_why(note: str) -> None:
    post = await make_post()
    with pytest.raises(Refused, match="Say why"):
        await waivers.waive(post, "alt", note, by=await somebody())


async def test_a_writer_waives_on_their_own_posts_only() -> None:
    me = await make_person("writer")
    mine, other = await make_post(author=me), await make_post()
    await waivers.waive(mine, "alt", "Because.", by=acting(me))
    for role_post in ((other, acting(me)), (mine, await somebody("viewer"))):
        with pytest.raises(Refused) as refusal:
            await waivers.waive(role_post[0], "links", "Because.", by=role_post[1])
        assert refusal.value.forbidden


async def test_a_waiver_of_an_older_version_is_refused_and_does_not_follow_the_text() -> None:
    post, by = await make_post(), await somebody()
    await waivers.waive(post, "alt", "Because.", by=by)
    newer = await review.save(await plan.load(post.id), Text("Tides", "New words."), by=by)
    assert await waived(newer) == []
    with pytest.raises(MovedMeanwhile):
        await waivers.waive(post, "links", "Because.", by=by)
