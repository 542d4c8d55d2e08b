"""Bulk acts through their doors: the question with every consequence, the report with a line for each post."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from app import sql
from app.flow import plan
from app.tables import Post
from tests.makers import make_channel, make_media, make_person, make_picture, make_post, make_revision, make_team
from tests.pages.counting import statements
from tests.rows import now
from tests.visitors import Visitor, enter


def values(page: httpx.Response) -> dict[int, str]:
    """What each post's tick box would send."""
    found = re.findall(r'name="row" id="bulk-row-(\d+)" value="([^"]+)"', page.text)
    return {int(number): value for number, value in found}


def ticked(page: httpx.Response) -> set[int]:
    found = re.findall(r'id="bulk-row-(\d+)" value="[^"]+" checked', page.text)
    return {int(number) for number in found}


def left_out(page: httpx.Response) -> set[int]:
    return {int(number) for number in re.findall(r'id="bulk-unfit-(\d+)"', page.text)}


def words(page: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def rows(*posts: Post) -> str:
    return "&".join(f"row={post.id}:{post.version}" for post in posts)


async def status(post: Post) -> str:
    return (await plan.load(post.id)).status


async def asked(visitor: Visitor, do: str, *posts: Post) -> httpx.Response:
    page = await visitor.get(f"/posts/bulk/{do}?{rows(*posts)}")
    assert page.status_code == 200, page.text
    return page


async def test_several_are_approved_and_each_says_what_follows(client: httpx.AsyncClient) -> None:
    await make_team(mode="approval", zone="UTC")
    visitor, channel = await enter(client), await make_channel()
    at = now(days=3).replace(hour=9, minute=0, second=0, microsecond=0)
    posts = [
        await make_post(channels=[channel], title=f"Tide {n}", planned_on=at.date(), planned_time=at.time(),
                        publish_at=at) for n in range(2)
    ]  # fmt: skip
    page = await asked(visitor, "approve", *posts)
    assert "Approve 2 posts?" in words(page) and "It is scheduled for" in words(page) and "Version 1" in words(page)
    assert ticked(page) == {post.id for post in posts}
    done = await visitor.post("/posts/bulk", do="approve", row=list(values(page).values()))
    assert done.status_code == 200
    assert "2 approved." in words(done) and words(done).count("Approved and scheduled. Goes out") == 2
    assert [await status(post) for post in posts] == ["scheduled", "scheduled"]


async def test_a_refusal_of_one_stops_no_other_and_names_who_was_faster(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    posts = [await make_post(channels=[channel]) for _ in range(3)]
    page = await asked(visitor, "approve", *posts)
    mara = await make_person("admin", name="Mara")
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", posts[0].id)
    await sql.run(
        "INSERT INTO event (at, about, about_id, version, post, move, by_kind, person)"
        " VALUES (now() - interval '2 min', 'post', $1, $2, $1, 'plan', 'person', $3)",
        posts[0].id, posts[0].version + 1, mara.id,
    )  # fmt: skip
    done = await visitor.post("/posts/bulk", do="approve", row=list(values(page).values()))
    assert "2 approved. 1 not: changed by Mara 2 min ago — look again." in words(done)
    assert [await status(post) for post in posts] == ["generated_pending_review", "approved", "approved"]


async def test_what_changed_after_the_page_loaded_starts_unticked(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    same, changed = [await make_post(channels=[channel]) for _ in range(2)]
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", changed.id)
    page = await asked(visitor, "approve", same, changed)
    assert ticked(page) == {same.id} and changed.id in values(page)
    assert "It changed after you opened the page: look again." in words(page)


async def test_another_digest_than_the_one_seen_starts_unticked(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post(channels=[await make_channel()])
    page = await visitor.get(f"/posts/bulk/approve?row={post.id}:{post.version}:{'0' * 64}")
    assert ticked(page) == set() and post.id in values(page)


async def test_failing_checks_start_unticked_with_their_reason(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    good, mute = await make_post(channels=[channel]), await make_post(channels=[channel])
    shown = await make_revision(mute)
    await make_picture(shown, await make_media(mute), alt="")
    page = await asked(visitor, "approve", good, mute)
    assert ticked(page) == {good.id} and mute.id in values(page)
    assert "alt text" in words(page)


async def test_what_cannot_be_done_at_all_cannot_be_ticked(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    good, live = await make_post(channels=[channel]), await make_post("published", channels=[channel])
    for do in ("approve", "retry", "archive", "move"):
        page = await asked(visitor, do, good, live)
        assert live.id in left_out(page), do


async def test_a_digest_that_does_not_fit_approves_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post(channels=[await make_channel()])
    answer = await visitor.post("/posts/bulk", do="approve", row=f"{post.id}:{post.version}:{'0' * 64}")
    assert answer.status_code == 409 and "0 approved. 1 not:" in words(answer)
    assert await status(post) == "generated_pending_review"


async def test_moving_keeps_each_time_of_day_and_undo_brings_it_back(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    at = now(days=4).replace(hour=16, minute=30, second=0, microsecond=0)
    timed = {"planned_on": at.date(), "planned_time": at.time(), "publish_at": at}
    drafted = await make_post(channels=[channel], **timed)
    lined_up = await make_post("scheduled", channels=[channel], **timed)
    page = await asked(visitor, "move", drafted, lined_up)
    assert "Now" in words(page) and "16:30" in words(page)
    there = at.date() + timedelta(days=2)
    done = await visitor.post("/posts/bulk", do="move", on=there.isoformat(), row=list(values(page).values()))
    assert "2 moved." in words(done)
    for post in (drafted, lined_up):
        fresh = await plan.load(post.id)
        assert (fresh.planned_on, fresh.planned_time, fresh.publish_at) == (there, at.time(), at + timedelta(days=2))
    assert await sql.value("SELECT due_at FROM publication WHERE post = $1", lined_up.id) == at + timedelta(days=2)
    undo = re.findall(r'name="row" value="([^"]+)"', done.text)
    back = await visitor.post("/posts/bulk", do="move_back", row=undo)
    assert "2 moved back." in words(back)
    for post in (drafted, lined_up):
        fresh = await plan.load(post.id)
        assert (fresh.planned_on, fresh.publish_at) == (at.date(), at)


async def test_undo_leaves_alone_what_moved_on_meanwhile(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post(channels=[await make_channel()], planned_on=now(days=4).date())
    done = await visitor.post("/posts/bulk", do="move", by_days="3", row=f"{post.id}:{post.version}")
    assert "1 moved." in words(done)
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", post.id)
    back = await visitor.post("/posts/bulk", do="move_back", row=re.findall(r'name="row" value="([^"]+)"', done.text))
    assert back.status_code == 409 and "0 moved back. 1 not:" in words(back)
    assert (await plan.load(post.id)).planned_on == now(days=7).date()


@pytest.mark.parametrize("sent", [{}, {"on": "2031-01-01", "by_days": "3"}])
async def test_moving_needs_one_of_day_and_days_and_keeps_the_ticks(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    visitor = await enter(client)
    post, other = await make_post(), await make_post()
    answer = await visitor.post("/posts/bulk", do="move", row=f"{post.id}:{post.version}", **sent)
    assert answer.status_code == 422 and "one of the two" in words(answer)
    assert ticked(answer) == {post.id} and other.id not in values(answer)
    for value in sent.values():
        assert f'value="{value}"' in answer.text


async def test_a_past_day_is_refused_for_each_post(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post()
    answer = await visitor.post("/posts/bulk", do="move", on="2020-01-01", row=f"{post.id}:{post.version}")
    assert answer.status_code == 409 and "that day has passed" in words(answer)


async def test_editors_assign_and_the_owner_is_another(client: httpx.AsyncClient) -> None:
    visitor, mara = await enter(client), await make_person("writer", name="Mara Diaz")
    posts = [await make_post(), await make_post("published")]
    page = await asked(visitor, "assign", *posts)
    assert "Mara Diaz" in words(page)
    done = await visitor.post("/posts/bulk", do="assign", owner=str(mara.id), row=list(values(page).values()))
    assert "2 assigned." in words(done) and "Mara Diaz's now." in words(done)
    assert {(await plan.load(post.id)).author for post in posts} == {mara.id}
    events = await sql.rows("SELECT note FROM event WHERE move = 'assign'")
    assert [event["note"] for event in events] == ["To Mara Diaz."] * 2


@pytest.mark.parametrize("who", ["viewer", "disabled"])
async def test_a_post_is_not_given_to_who_may_not_write(client: httpx.AsyncClient, who: str) -> None:
    visitor = await enter(client)
    other = await make_person("viewer" if who == "viewer" else "writer")
    if who == "disabled":
        await sql.run("UPDATE person SET disabled_at = now() WHERE id = $1", other.id)
    post = await make_post()
    answer = await visitor.post("/posts/bulk", do="assign", owner=str(other.id), row=f"{post.id}:{post.version}")
    assert answer.status_code == 409 and (await plan.load(post.id)).author != other.id


async def test_failed_ones_are_tried_again(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    failed, fine = await make_post("publish_failed", channels=[channel]), await make_post(channels=[channel])
    page = await asked(visitor, "retry", failed, fine)
    assert ticked(page) == {failed.id} and left_out(page) == {fine.id}
    sent = [f"{one.id}:{one.version}" for one in (failed, fine)]
    done = await visitor.post("/posts/bulk", do="retry", row=sent)
    assert "1 tried again. 1 not: only what failed can be tried again." in words(done)
    assert await status(failed) == "scheduled"


async def test_archiving_hides_what_may_be_hidden(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post, live = await make_post(), await make_post("published")
    sent = [f"{one.id}:{one.version}" for one in (post, live)]
    done = await visitor.post("/posts/bulk", do="archive", row=sent)
    assert "1 archived. 1 not: it is live or on its way." in words(done)
    assert (await plan.load(post.id)).archived_at and not (await plan.load(live.id)).archived_at


async def test_a_writer_changes_only_what_is_theirs(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    own, other = await make_post(author=visitor.person), await make_post()
    page = await asked(visitor, "archive", own, other)
    assert left_out(page) == {other.id}
    sent = [f"{one.id}:{one.version}" for one in (own, other)]
    done = await visitor.post("/posts/bulk", do="archive", row=sent)
    assert "1 archived. 1 not: this needs the role editor." in words(done)


async def test_all_that_match_are_listed_up_to_a_bound(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pages.bulk.MOST", 3)
    visitor = await enter(client)
    posts = [await make_post(keyword="salt") for _ in range(4)]
    other = await make_post()
    page = await visitor.get("/posts/bulk/archive?all=1&q=salt")
    assert len(values(page)) == 3 and other.id not in values(page) and set(values(page)) < {post.id for post in posts}
    assert "The first 3 are listed; do the rest afterwards." in words(page)
    assert len(values(await visitor.get("/posts/bulk/archive?all=1"))) == 3


async def test_nothing_ticked_says_so(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    page = await visitor.get("/posts/bulk/approve?back=/inbox")
    assert page.status_code == 422 and "Tick at least one post first." in words(page)
    assert 'href="/inbox"' in page.text
    assert (await visitor.post("/posts/bulk", do="approve")).status_code == 422
    assert (await visitor.post("/posts/bulk", do="move_back")).status_code == 422


@pytest.mark.parametrize("row", ["x", "0:1", "1", "1:2:zz", "99999999999999999999:1", "1:1:" + "0" * 63])
async def test_a_row_that_means_nothing_is_refused(client: httpx.AsyncClient, row: str) -> None:
    visitor = await enter(client)
    assert (await visitor.post("/posts/bulk", do="approve", row=row)).status_code == 422
    assert (await visitor.post("/posts/bulk", do="move_back", row=row)).status_code == 422
    assert (await visitor.get("/posts/bulk/approve", params={"row": row})).status_code in (200, 422)


async def test_a_gone_post_is_told_and_an_unknown_act_is_not_there(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/posts/bulk", do="archive", row="987654:1")
    assert answer.status_code == 409 and "this post is gone." in words(answer)
    assert (await visitor.get("/posts/bulk/delete?row=1")).status_code == 404
    assert (await visitor.post("/posts/bulk", do="delete", row="1:1")).status_code == 422


async def test_back_leads_only_to_pages_of_ours(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    page = await visitor.get("/posts/bulk/approve?row=1&back=//evil.example")
    assert "evil.example" not in page.text and 'href="/posts"' in page.text


async def test_viewers_have_no_bulk_acts(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    assert (await visitor.get("/posts/bulk/approve?row=1")).status_code == 403
    assert (await visitor.post("/posts/bulk", do="approve", row="1:1")).status_code == 403


async def test_thirty_posts_cost_as_many_statements_as_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, channel = await enter(client), await make_channel()
    posts = [await make_post(channels=[channel]) for _ in range(30)]
    one = await statements(monkeypatch, visitor, f"/posts/bulk/approve?{rows(posts[0])}")
    assert await statements(monkeypatch, visitor, f"/posts/bulk/approve?{rows(*posts)}") == one
