"""The review queue: the inbox's reviews one by one; deciding leads on, and the last page says what was decided."""

import re

import httpx

from app import seals, sql
from app.tables import Post
from tests.makers import make_channel, make_post
from tests.rows import now
from tests.visitors import Visitor, enter

HTMX = {"HX-Request": "true"}


async def drafts(count: int) -> list[Post]:
    channels = [await make_channel()]
    days = [now(days=n + 1).date() for n in range(count)]
    return [await make_post(channels=channels, planned_on=day, title=f"Tide {day}") for day in days]


async def fields(visitor: Visitor, post: Post, name: str, **more: str) -> dict[str, str]:
    digest = (await seals.sealable(post.id)).digest.hex()
    return {"csrf_token": visitor.csrf, "name": name, "version": str(post.version), "digest": digest, **more}


async def test_it_walks_in_the_order_of_the_inbox(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    first, second, _ = await drafts(3)
    page = (await visitor.get("/review")).text
    assert "1 of 3" in page and f'id="post-{first.id}"' in page and 'id="queue-previous"' not in page
    following = re.search(r'id="queue-next" href="([^"]+)"', page)
    assert following
    page = (await visitor.get(following[1].replace("&amp;", "&"))).text
    assert "2 of 3" in page and f'id="post-{second.id}"' in page and 'data-key="j"' in page and 'data-key="k"' in page


async def test_every_button_of_the_post_answers_to_the_queue(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    (post,) = await drafts(1)
    page = (await visitor.get("/review?began=5")).text
    assert f'="/posts/{post.id}/moves' not in page
    assert f'action="/review/5/posts/{post.id}/moves"' in page
    asks = await visitor.get(f"/review/5/posts/{post.id}/moves/reject")
    assert f'action="/review/5/posts/{post.id}/moves"' in asks.text


async def test_deciding_leads_to_the_next_one(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    first, second = await drafts(2)
    sent = await fields(visitor, first, "approve")
    answer = await client.post(f"/review/5/posts/{first.id}/moves", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/review?at={second.id}&began=5&done={first.id}")
    sent = await fields(visitor, second, "reject", reason="No.")
    answer = await client.post(f"/review/5/posts/{second.id}/moves", data=sent, headers=HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/review?began=5&end=1&done={second.id}")
    page = (await visitor.get("/review?began=5&end=1")).text
    assert "All reviewed." in page and "1 approved, 1 rejected." in page and "Nothing is scheduled." in page


async def test_what_was_decided_before_does_not_count(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    (post,) = await drafts(1)
    await client.post(f"/review/5/posts/{post.id}/moves", data=await fields(visitor, post, "approve"))
    await sql.run("UPDATE approval SET at = at - interval '2 h'")
    later = int(now(hours=-1).timestamp())
    assert "0 approved, 0 rejected." in (await visitor.get(f"/review?began={later}")).text


async def test_a_refusal_stays_with_the_post(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    (post,) = await drafts(1)
    sent = await fields(visitor, post, "approve") | {"version": str(post.version + 1)}
    answer = await client.post(f"/review/5/posts/{post.id}/moves", data=sent, headers=HTMX)
    assert answer.status_code == 409 and f'action="/review/5/posts/{post.id}/moves"' in answer.text


async def test_a_post_that_is_decided_leads_to_the_first(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await drafts(1)
    gone = await make_post("approved")
    answer = await visitor.get(f"/review?at={gone.id}&began=5")
    assert (answer.status_code, answer.headers["location"]) == (303, "/review?began=5")


async def test_passing_over_says_what_still_waits(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await drafts(2)
    page = (await visitor.get("/review?began=5&end=1")).text
    assert "2 posts still wait." in page and 'href="/review?began=5"' in page


async def test_the_tabs_of_a_post_stay_in_the_queue(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channels = [await make_channel(), await make_channel("sandbox", settings={"caption": "on"})]
    post = await make_post(channels=channels)
    later = await make_post(channels=channels, planned_on=now(days=5).date())
    page = (await visitor.get(f"/review?at={later.id}&began=5")).text
    assert f'href="/posts/{later.id}?' not in page
    tab = re.search(rf'id="tab-{channels[1].id}" href="([^"]+)"', page)
    assert tab and "began=5" in tab[1]
    second = (await visitor.get(tab[1].replace("&amp;", "&"))).text
    assert re.search(rf'id="tab-{channels[1].id}"[^>]+aria-current="page"', second)
    assert "2 of 2" in second and 'data-queue="5"' in second
    say = re.search(r'id="say-1" href="([^"]+)#new-comment"', page)
    assert say and "2 of 2" in (await visitor.get(say[1].replace("&amp;", "&"))).text
    alone = (await visitor.get(f"/posts/{post.id}")).text
    assert f'href="/posts/{post.id}?channel={channels[1].id}"' in alone


async def test_what_htmx_swaps_in_the_queue_keeps_its_tabs_there(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    (post,) = await drafts(1)
    seen = HTMX | {"HX-Current-URL": f"http://desk/review?at={post.id}&began=7"}
    for path in (f"/posts/{post.id}/card", f"/posts/{post.id}/card?comment=1&since=none"):
        card = (await visitor.get(path, headers=seen)).text
        assert f"/review?at={post.id}&amp;began=7&amp;channel=" in card and f'href="/posts/{post.id}?' not in card
