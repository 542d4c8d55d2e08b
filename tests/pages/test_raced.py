"""Lost races on the pages: who was faster is named, a click that came twice is no error, and nothing typed is lost."""

import httpx

from app import seals, sql
from app.flow import review
from app.tables import Post
from tests.flow.stage import acting
from tests.makers import make_campaign, make_channel, make_person, make_post
from tests.visitors import Visitor, come_back, enter

HTMX = {"HX-Request": "true"}
THEIRS = "Mara changed this a moment ago. Nothing you did was applied."
MINE = "You changed this a moment ago, perhaps in another tab. Nothing you did now was applied."


async def send(visitor: Visitor, post: Post, *, htmx: bool = False, **fields: object) -> httpx.Response:
    data = {"csrf_token": visitor.csrf, "version": post.version, **fields}
    return await visitor.client.post(f"/posts/{post.id}/moves", data=data, headers=HTMX if htmx else {})


async def rejected_by_mara(post: Post) -> None:
    mara = acting(await make_person("editor", name="Mara"))
    await review.reject(post, "Too long.", by=mara)


async def earlier(post: Post) -> None:
    """As if everything had happened three minutes before it did."""
    await sql.run("ALTER TABLE event DISABLE TRIGGER USER")
    await sql.run("UPDATE event SET at = at - interval '3 minutes' WHERE post = $1", post.id)
    await sql.run("ALTER TABLE event ENABLE TRIGGER USER")


async def test_the_faster_one_is_named(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    seen = await Post.objects().get(Post.id == post.id)
    await rejected_by_mara(post)
    assert seen is not None
    digest = (await seals.sealable(post.id)).digest.hex()
    answer = await send(visitor, seen, name="approve", digest=digest)
    assert answer.status_code == 409 and THEIRS in answer.text
    await earlier(post)
    answer = await send(visitor, seen, name="approve", digest=digest, htmx=True)
    assert answer.status_code == 409 and "Mara changed this 3 min ago." in answer.headers["hx-trigger"]


async def test_ones_own_other_tab_is_named_as_such(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await send(visitor, post, name="reject", reason="Too long.")
    answer = await send(visitor, post, name="approve", digest="00")
    assert answer.status_code == 409 and MINE in answer.text


async def test_a_reason_typed_in_vain_is_shown_again_without_scripts(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    seen = await Post.objects().get(Post.id == post.id)
    await rejected_by_mara(post)
    assert seen is not None
    answer = await send(visitor, seen, name="reject", reason="The opening is too long.")
    assert answer.status_code == 409 and "You had typed: “The opening is too long.”" in answer.text
    dialog = await send(visitor, seen, name="reject", reason="The opening is too long.", htmx=True)
    assert dialog.status_code == 409 and "You had typed" not in dialog.headers["hx-trigger"]


async def test_a_button_pressed_twice_did_its_work_once_and_shows_no_error(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    digest = (await seals.sealable(post.id)).digest.hex()
    first = await send(visitor, post, name="approve", digest=digest)
    second = await send(visitor, post, name="approve", digest=digest)
    assert (first.status_code, second.status_code) == (303, 303)
    assert await sql.value("SELECT count(*) FROM event WHERE post = $1 AND move = 'approve'", post.id) == 1


async def test_a_second_click_that_says_something_else_is_refused(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await send(visitor, post, name="reject", reason="Too long.")
    other = await send(visitor, post, name="reject", reason="Too short.")
    assert other.status_code == 409 and "You had typed: “Too short.”" in other.text
    await earlier(post)
    assert (await send(visitor, post, name="reject", reason="Too long.")).status_code == 409


async def test_a_click_of_somebody_else_is_not_ones_own_that_came_twice(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    seen = await Post.objects().get(Post.id == post.id)
    await rejected_by_mara(post)
    assert seen is not None
    assert (await send(visitor, seen, name="reject", reason="Too long.")).status_code == 409


async def test_a_plan_saved_meanwhile_stands_beside_what_was_typed(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated", title="Tides")
    fields = {"title": "Tides", "brief": "Mine.", "version": post.version}
    mara = await make_person("editor", name="Mara")
    them = await come_back(client, mara)
    await them.post(f"/posts/{post.id}/plan", title="Tides", brief="Hers.", keyword="moon", version=post.version)
    visitor = await come_back(client, visitor.person)
    answer = await visitor.post(f"/posts/{post.id}/plan", **fields)
    assert answer.status_code == 409 and THEIRS in answer.text
    assert "Mine.</textarea>" in answer.text and "Hers.</textarea>" in answer.text and "moon</textarea>" in answer.text
    assert "Their brief" in answer.text and "Their keyword" in answer.text and "Their title" not in answer.text


async def test_a_campaign_saved_meanwhile_stands_beside_what_was_typed(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign(title="Holiday")
    await visitor.post(f"/campaigns/{campaign.id}/edit", title="Winter", mode="nothing", version=1)
    fields = {"title": "Summer", "brief": "Mine.", "mode": "nothing", "version": 1}
    answer = await visitor.post(f"/campaigns/{campaign.id}/edit", **fields)
    assert answer.status_code == 409 and 'value="Summer"' in answer.text
    assert "Winter</textarea>" in answer.text and "(empty)</textarea>" in answer.text


async def test_a_waivers_reason_is_shown_again_without_scripts(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post(channels=[await make_channel()])
    fields = {"name": "alt", "then": "waive", "note": "It only decorates.", "version": post.version + 1}
    answer = await visitor.post(f"/posts/{post.id}/checks", **fields)
    assert answer.status_code == 409 and "You had typed: “It only decorates.”" in answer.text
