"""The checks box: what fails, what passes, what waits, who waived what, and what an approver is told."""

import httpx
import pytest

from app import sql
from app.content import Shown, Text
from app.flow import links, plan, review
from app.pages import checks
from app.platforms.contract import Traits
from app.platforms.webhook import Webhook
from app.tables import Channel, Post
from tests.flow.stage import acting
from tests.makers import (
    make_channel,
    make_delivery,
    make_media,
    make_person,
    make_post,
    make_publication,
    make_seal,
    make_team,
)
from tests.pages.counting import statements
from tests.visitors import Visitor, enter

DEAD = "Read [this](http://127.0.0.1:1/x)."


async def draft(
    *channels: Channel, body: str = "Twice a day.", pictures: tuple[Shown, ...] = (), **more: object
) -> Post:
    await make_team()
    post = await make_post(channels=list(channels) or [await make_channel()], **more)  # type: ignore[arg-type]
    text = Text("Tides", body, "Twice.", "", {}, pictures)
    return await review.save(await plan.load(post.id), text, by=acting(await make_person("editor")))


async def box(visitor: Visitor, post: Post) -> str:
    answer = await visitor.get(f"/posts/{post.id}")
    assert answer.status_code == 200
    return answer.text.split(f'id="checks-{post.id}"')[1].split("</section>")[0]


async def test_a_picture_without_alt_text_is_told_with_the_way_to_mend_it(client: httpx.AsyncClient) -> None:
    visitor, media = await enter(client), await make_media()
    post = await draft(pictures=(Shown(media.id),))
    shown = await box(visitor, post)
    assert "1 picture has no alt text" in shown and f'href="/posts/{post.id}/edit#alt-{media.id}"' in shown
    page = (await visitor.get(f"/posts/{post.id}")).text
    assert "Approving passes over 1 check: 1 picture has no alt text." in page
    told = await draft(pictures=(Shown(media.id, alt="The sea"),))
    assert "Every picture has alt text" in await box(visitor, told)


async def test_a_waived_check_passes_by_name_and_can_be_taken_back(client: httpx.AsyncClient) -> None:
    visitor, media = await enter(client), await make_media()
    post = await draft(pictures=(Shown(media.id),))
    path, fields = f"/posts/{post.id}/checks", {"name": "alt", "version": str(post.version)}
    before = (await box(visitor, post)).split(" pass<")[0]
    answer = await visitor.post(path, then="waive", note="Only a <b>line</b>.", **fields)
    assert answer.status_code == 303
    shown = await box(visitor, post)
    assert f"Waived by {visitor.person.name}: Only a &lt;b&gt;line&lt;/b&gt;." in shown
    assert shown.split(" pass<")[0] != before
    assert "passes over" not in (await visitor.get(f"/posts/{post.id}")).text
    assert "Check waived" in (await visitor.get(f"/posts/{post.id}")).text
    assert (await visitor.post(path, then="unwaive", **fields)).status_code == 303
    assert "Waived by" not in await box(visitor, post)


async def test_a_waiver_without_a_reason_or_of_an_older_version_is_refused(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await draft(pictures=(Shown((await make_media()).id),))
    path = f"/posts/{post.id}/checks"
    empty = await visitor.post(path, then="waive", name="alt", note=" ", version=str(post.version))
    assert empty.status_code == 422 and "Say why it may stay as it is." in empty.text
    stale = await visitor.post(path, then="waive", name="alt", note="x", version=str(post.version - 1))
    assert stale.status_code == 409
    gaps = await visitor.post(path, then="waive", name="gaps", note="x", version=str(post.version))
    assert gaps.status_code == 409 and await sql.value("SELECT count(*) FROM waiver") == 0


async def test_only_who_may_change_the_post_is_offered_to_waive(client: httpx.AsyncClient) -> None:
    post = await draft(pictures=(Shown((await make_media()).id),))
    for role, offered in (("viewer", False), ("writer", False), ("editor", True)):
        visitor = await enter(client, role)
        assert ('id="waive-alt"' in await box(visitor, post)) == offered, role


async def test_links_wait_for_the_worker_and_then_say_what_they_answered(
    client: httpx.AsyncClient, address: str
) -> None:
    visitor, post = await enter(client), await draft(body=f"{DEAD} And [that]({address}/robots.txt).")
    shown = await box(visitor, post)
    assert "2 links being looked at…" in shown and 'hx-trigger="every 5s"' in shown
    await links.sweep()
    again = await visitor.get(f"/posts/{post.id}/checks")
    assert again.text.startswith("<section") and "every 5s" not in again.text
    assert "1 of 2 links may not work: http://127.0.0.1:1/x is no public address" in again.text


async def test_links_that_work_are_counted(client: httpx.AsyncClient, address: str) -> None:
    visitor, post = await enter(client), await draft(body=f"[that]({address}/robots.txt)")
    await box(visitor, post)
    await links.sweep()
    assert "1 link works" in await box(visitor, post)


async def sent(channel: Channel, body: str, **more: object) -> Post:
    """A post that is live on `channel` with that text."""
    post = await draft(channel, body=body, title="Earlier tides")
    run = await make_publication(post, "completed", seal=await make_seal(post))
    await make_delivery(run, channel, "published", **more)
    return post


async def test_the_same_words_on_the_same_channel_within_30_days_are_told(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel(name="Feed")
    earlier = await sent(channel, "Twice a day!")
    post = await draft(channel, body="twice  a day.")
    shown = await box(visitor, post)
    assert "Says the same as" in shown and "on Feed (today)" in shown and f'href="/posts/{earlier.id}"' in shown
    await sql.run("UPDATE delivery SET published_at = now() - interval '31 days'")
    assert "Says nothing that went out in the last 30 days" in await box(visitor, post)


async def test_the_same_words_elsewhere_other_words_or_a_draft_are_no_duplicate(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    await sent(await make_channel(), "Twice a day.")
    await sent(channel, "Once a day.")
    await draft(channel, body="Twice a day.")
    assert "Says nothing that went out" in await box(visitor, await draft(channel, body="Twice a day."))


async def test_a_caption_typed_twice_is_a_duplicate_although_its_article_differs(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel("sandbox", name="Feed", settings={"caption": "on"})

    async def captioned(body: str, link: str) -> Post:
        post = await make_post(channels=[channel])
        text = Text("Tides", body, "", "", {channel.id: {"text": f"Come and see {link}"}})
        return await review.save(await plan.load(post.id), text, by=acting(await make_person("editor")))

    first = await captioned("One.", "https://a.example/1")
    await make_delivery(await make_publication(first, "completed", seal=await make_seal(first)), channel, "published")
    shown = await box(visitor, await captioned("Two.", "https://a.example/2"))
    assert "Says the same as" in shown and "on Feed" in shown


async def test_a_caption_says_how_much_room_it_has(client: httpx.AsyncClient) -> None:
    channel = await make_channel("sandbox", name="Feed", settings={"caption": "on"})
    visitor, post = await enter(client), await draft(channel)
    assert "Fits Feed (6 of 500)" in await box(visitor, post)
    tab = (await visitor.get(f"/posts/{post.id}?channel={channel.id}&since=none")).text
    assert "6 of 500 characters" in tab and f'href="/posts/{post.id}/edit#caption-{channel.id}"' in tab


async def test_a_caption_with_a_link_shows_its_card(client: httpx.AsyncClient) -> None:
    channel = await make_channel("sandbox", name="Feed", settings={"caption": "on"})
    visitor, media = await enter(client), await make_media()
    post = await draft(channel, await make_channel("site"), pictures=(Shown(media.id, alt="The sea"),))
    tab = (await visitor.get(f"/posts/{post.id}?channel={channel.id}&since=none")).text
    card = tab.split('class="linkcard"')[1].split("</div>")[0]
    assert "<strong>Tides</strong>" in card and 'alt="The sea"' in card


async def test_a_heavy_picture_is_told_where_it_goes_out_lighter(client: httpx.AsyncClient) -> None:
    blog = await make_channel("wordpress", name="Blog", settings={"url": "https://blog.example"})
    visitor, media = await enter(client), await make_media()
    post = await draft(blog, pictures=(Shown(media.id, alt="x"),))
    assert "lighter copy" not in await box(visitor, post)
    await sql.run("UPDATE blob SET size = 5 * 1024 * 1024")
    assert "Blog gets a lighter copy of a picture of 5.0 MB (limit 2 MB)" in await box(visitor, post)
    assert (await checks.failing([post.id]))[post.id] == ()


async def test_a_platform_that_fetches_pictures_itself_may_refuse_a_heavy_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Webhook, "traits", lambda *_: Traits("keyed", files=False, picture_limit=2 * checks.MIB))
    visitor, media = await enter(client), await make_media()
    post = await draft(await make_channel(name="Shop"), pictures=(Shown(media.id, alt="x"),))
    await sql.run("UPDATE blob SET size = 5 * 1024 * 1024")
    assert "Shop may refuse a picture of 5.0 MB (limit 2 MB)" in await box(visitor, post)


async def test_a_channels_own_limit_for_pictures_counts(client: httpx.AsyncClient) -> None:
    settings = {"url": "https://blog.example", "picture_mb": 8}
    blog, shop = await make_channel("wordpress", name="Blog", settings=settings), await make_channel(name="Shop")
    visitor, media = await enter(client), await make_media()
    post = await draft(blog, shop, pictures=(Shown(media.id, alt="x"),))
    await sql.run("UPDATE blob SET size = 5 * 1024 * 1024")
    assert "lighter copy" not in await box(visitor, post)
    await sql.run("UPDATE blob SET size = 9 * 1024 * 1024")
    shown = await box(visitor, post)
    assert "Blog gets a lighter copy of a picture of 9.0 MB (limit 8 MB)" in shown and "Shop gets" not in shown


async def test_what_an_approval_passes_over_is_known_for_many_posts_at_once(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    media, me = await make_media(), await make_person()
    mute, fine = await draft(pictures=(Shown(media.id),)), await draft()
    found = await checks.failing([mute.id, fine.id])
    assert found == {mute.id: ("1 picture has no alt text",), fine.id: ()}
    await sql.run("INSERT INTO waiver (revision, name, person, note) VALUES ($1, 'alt', $2, 'x')", mute.revision, me.id)
    assert (await checks.failing([mute.id]))[mute.id] == ()


async def test_more_channels_pictures_and_twins_cost_no_more_questions(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, channels = await enter(client), [await make_channel() for _ in range(4)]
    one, many = await draft(channels[0], body="A."), await draft(*channels, body="B.", pictures=await several())
    for channel in channels:
        await sent(channel, "B.")
    for post in (one, many):
        await box(visitor, post)
    counts = [await statements(monkeypatch, visitor, f"/posts/{post.id}") for post in (one, many)]
    assert counts[0] == counts[1]


async def several() -> tuple[Shown, ...]:
    return tuple([Shown((await make_media()).id) for _ in range(3)])


async def test_an_unwritten_post_has_no_checks(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    assert 'id="checks-' not in (await visitor.get(f"/posts/{post.id}")).text
