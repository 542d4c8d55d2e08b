"""The inbox: who finds what in it, in which order, with which button, and what it costs."""

import re
from datetime import UTC, datetime, time, timedelta
from html import unescape

import httpx
import pytest

from app import seals, sql
from app.flow import comments
from app.lifecycles.post import STATUSES
from app.tables import Post, Rendition, Revision
from tests.flow.stage import acting
from tests.makers import make_channel, make_media, make_person, make_picture, make_post, make_revision, make_team
from tests.pages.counting import statements
from tests.rows import now, store
from tests.visitors import enter

HTMX = {"HX-Request": "true"}


def sections(page: httpx.Response) -> dict[str, list[int]]:
    """The posts of each section, in order."""
    assert page.status_code == 200, page.text
    parts = re.findall(r'<section id="section-(\w+)"(.*?)</section>', page.text, re.DOTALL)
    return {name: [int(n) for n in re.findall(r'id="row-(\d+)"', text)] for name, text in parts}


def row(page: httpx.Response, post: Post) -> str:
    found = re.search(rf'<li class="inrow" id="row-{post.id}".*?</li>', page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[0])


async def review(**values: object) -> Post:
    """A finished draft with a channel to go to."""
    return await make_post(channels=[await make_channel()], **values)  # type: ignore[arg-type]


async def hold(post: Post) -> None:
    await sql.run("UPDATE publication SET held_for = 'late', held_at = now(), due_at = now() - interval '2 h'"
                  " WHERE post = $1", post.id)  # fmt: skip


async def test_every_status_waits_in_its_section_or_not_at_all(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channels = [await make_channel()]
    posts = {status: await make_post(status, channels=channels, author=visitor.person) for status in STATUSES}
    held = await make_post("scheduled", channels=channels)
    await hold(held)
    found = sections(await visitor.get("/inbox"))
    assert list(found) == ["fix", "review", "rejected", "missed", "undated"]
    expected = {
        "fix": ["generation_failed", "publish_failed"],
        "review": ["generated_pending_review", "modified_pending_review"],
        "rejected": ["rejected"],
        "missed": ["missed"],
        "undated": ["awaiting_user_date"],
    }
    for name, statuses in expected.items():
        extra = {held.id} if name == "fix" else set()
        assert set(found[name]) == {posts[status].id for status in statuses} | extra, name


async def test_done_archived_and_others_stopped_posts_do_not_wait(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    gone = await make_channel(disconnected_at=now())
    await make_post(channels=[])
    await make_post(channels=[gone])
    for status in ("rejected", "missed"):
        await make_post(status, author=await make_person("writer"))
    await make_post("missed", author=visitor.person, archived_at=now())
    page = await visitor.get("/inbox")
    assert sections(page) == {}
    assert "Nothing is waiting for you." in page.text and 'href="/calendar">Open calendar' in page.text


async def test_an_empty_inbox_says_when_something_goes_out_next(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client)
    assert "Nothing is scheduled." in (await visitor.get("/inbox")).text
    at = datetime(2031, 7, 4, 7, tzinfo=UTC)
    await make_post("scheduled", planned_on=at.date(), planned_time=time(7), publish_at=at)
    assert "Next publish: Fri 4 Jul 2031, 09:00 (Berlin)." in (await visitor.get("/inbox")).text


async def test_review_is_in_the_order_of_publishing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    day = now(days=9).date()
    late = await review(planned_on=day, planned_time=time(18), publish_at=datetime.combine(day, time(18), UTC))
    never = await review(planned_on=None)
    soon = await review(planned_on=day - timedelta(days=3))
    early = await review(planned_on=day, planned_time=time(8), publish_at=datetime.combine(day, time(8), UTC))
    assert sections(await visitor.get("/inbox"))["review"] == [soon.id, early.id, late.id, never.id]


async def test_what_i_may_not_approve_comes_after_what_i_may(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(self_approval="never", approvals_needed=2)
    own = await review(planned_on=now(days=1).date(), author=visitor.person)
    voted = await review(planned_on=now(days=2).date())
    open_to_me = await review(planned_on=now(days=9).date())
    vote = (voted.id, (await seals.sealable(voted.id)).digest, visitor.person.id)
    await sql.run("INSERT INTO approval (post, digest, person) VALUES ($1, $2, $3)", *vote)
    page = await visitor.get("/inbox")
    assert sections(page)["review"] == [open_to_me.id, own.id, voted.id]
    assert 'value="approve"' in row(page, open_to_me)
    assert 'value="approve"' not in row(page, own)
    assert "You wrote or edited this." in row(page, own)


async def test_a_row_approves_in_place_exactly_what_it_showed(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel()
    post = await make_post("modified_pending_review", channels=[channel], planned_on=None)
    text = await Revision.objects().get(Revision.id == post.revision)
    assert text
    await make_picture(text, await make_media(post))
    await Rendition.insert(Rendition(revision=text.id, channel=channel.id, fields={"text": "Ebb"}))
    shown = row(await visitor.get("/inbox"), post)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    assert fields["digest"] == (await seals.sealable(post.id)).digest.hex()
    assert f'action="/posts/{post.id}/moves"' in shown and f'hx-target="#row-{post.id}"' in shown
    answer = await client.post(f"/posts/{post.id}/moves", data=fields, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    assert await sql.value("SELECT status FROM post WHERE id = $1", post.id) == "approved"
    assert f'id="row-{post.id}"' in answer.text and "data-row" not in answer.text
    assert "Approved." in answer.text


async def test_without_scripts_the_same_form_comes_back_to_the_inbox(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review(planned_on=None)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', row(await visitor.get("/inbox"), post)))
    answer = await client.post(f"/posts/{post.id}/moves", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")


async def test_reject_asks_for_the_reason_and_has_its_key(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review(title="Ebb")
    shown = row(await visitor.get("/inbox"), post)
    assert re.search(rf'href="/posts/{post.id}/moves/reject\?place=inbox"[^>]*data-key="r"', shown)
    assert 'data-key="a"' in shown


async def test_nothing_waits_for_who_only_reads(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    await review()
    await make_post("publish_failed")
    await make_channel(name="Wire", broken_kind="expired_token", broken_at=now())
    page = await visitor.get("/inbox")
    assert sections(page) == {} and "Nothing is waiting for you." in page.text and "Wire" not in page.text
    assert not re.search(r'<a[^>]*href="/inbox"[^>]*>.*?class="count"', page.text)


@pytest.mark.parametrize("role", ["writer", "editor"])
async def test_what_others_want_changed_in_my_words_has_a_section_and_leads_to_them(
    client: httpx.AsyncClient, role: str
) -> None:
    visitor = await enter(client, role)
    jonas = await make_person("editor", name="Jonas")
    other = await review(planned_on=now(days=1).date())
    mine = await review(planned_on=now(days=9).date(), author=visitor.person)
    await comments.request_changes(mine, "The second paragraph.\n\nIs it true?", by=acting(jonas))
    page = await visitor.get("/inbox")
    assert sections(page) == {"changes": [mine.id]} | ({"review": [other.id]} if role == "editor" else {})
    assert "Jonas asked for changes: “The second paragraph. Is it true?”" in row(page, mine)
    assert f'href="/posts/{mine.id}/edit"' in row(page, mine)
    assert "asked for changes" not in (await (await enter(client, "editor")).get("/inbox")).text


async def test_only_who_decides_is_offered_to_approve_what_is_ticked(client: httpx.AsyncClient) -> None:
    post = await review()
    for role, offered in (("writer", False), ("editor", True)):
        visitor = await enter(client, role)
        idea = await make_post("awaiting_user_date", author=visitor.person)
        shown = (await visitor.get("/inbox")).text
        assert f'id="pick-{idea.id}"' in shown
        assert (f'id="pick-{post.id}"' in shown, 'id="bulk-approve"' in shown) == (offered, offered)


async def test_for_a_writer_waits_what_is_their_own(client: httpx.AsyncClient) -> None:
    visitor, channels = await enter(client, "writer"), [await make_channel()]
    own: dict[str, list[int]] = {}
    for author in (visitor.person, await make_person("editor"), None):
        for status in STATUSES:
            post = await make_post(status, channels=channels, author=author)
            if author == visitor.person:
                own.setdefault(status, []).append(post.id)
        held, stands = [
            await make_post(status, channels=channels, author=author) for status in ("scheduled", "published")
        ]
        await hold(held)
        await sql.run("UPDATE delivery SET resurfaced_at = now() WHERE post = $1", stands.id)
        own.setdefault("fix", []).extend([held.id, stands.id] if author == visitor.person else [])
    found = {name: set(posts) for name, posts in sections(await visitor.get("/inbox")).items()}
    assert found == {
        "fix": {*own["publish_failed"], *own["generation_failed"], *own["fix"]},
        "rejected": {*own["rejected"]}, "missed": {*own["missed"]}, "undated": {*own["awaiting_user_date"]},
    }  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "writer", "editor", "admin"])
async def test_the_number_beside_inbox_is_what_the_inbox_holds(client: httpx.AsyncClient, role: str) -> None:
    visitor = await enter(client, role)
    channels = [await make_channel(), await make_channel(broken_kind="unexpected", broken_at=now())]
    other = await make_person("editor")
    for author in (visitor.person, other, None):
        for status in STATUSES:
            post = await make_post(status, channels=channels, author=author)
            if status == "modified_pending_review":
                await comments.request_changes(post, "Is it true?", by=acting(await make_person("editor")))
    await hold(await make_post("scheduled", channels=channels))
    stands = await make_post("published", channels=channels)
    assert await sql.run("UPDATE delivery SET resurfaced_at = now() WHERE post = $1", stands.id)
    page = (await visitor.get("/inbox")).text
    link = next(part for part in page.split("</a>") if 'href="/inbox" ' in part)
    number, things = re.search(r"</span>(\d+)</span>", link), re.search(r">(\d+) things", page)
    assert (number and number[1]) == (things and things[1])
    assert bool(things) is (role != "viewer")


async def test_problems_say_what_happened_and_what_fixes_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channel = await make_channel(name="Wire")
    lost, held = await make_post("publish_failed", channels=[channel]), await make_post("scheduled")
    await sql.run("UPDATE delivery SET status = 'unconfirmed', error_kind = 'outcome_unknown' WHERE post = $1", lost.id)
    await hold(held)
    page = await visitor.get("/inbox")
    assert "Not confirmed" in row(page, lost) and "We cannot tell whether Wire published it." in row(page, lost)
    assert f'href="/posts/{lost.id}">' in row(page, lost) and "/moves" not in row(page, lost)
    assert "Held: 2 h late" in row(page, held) and "found too late" in row(page, held)


async def test_a_broken_channel_comes_first_with_what_waits_for_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    wire = await make_channel(name="Wire", broken_kind="expired_token", broken_at=now(hours=-5))
    await make_channel(broken_kind="expired_token", broken_at=now(), disconnected_at=now())
    for day in (4, 2):
        at = now(days=day)
        await make_post("scheduled", channels=[wire], planned_on=at.date(), planned_time=at.time(), publish_at=at)
    await make_post("generation_failed")
    page = await visitor.get("/inbox")
    text = page.text.split('id="section-fix"')[1]
    assert text.index(f'id="channel-{wire.id}"') < text.index('id="row-')
    assert "The sign-in has expired. 2 posts wait for it, the next one" in text
    assert "Reconnect Wire" in text and f'href="/channels/{wire.id}"' in text
    assert page.text.count('id="channel-') == 3  # the row, its title, its button
    assert 'Fix first <span class="muted">2</span>' in page.text


async def test_only_who_may_reconnect_is_told_to(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "editor")
    await make_channel(name="Wire", broken_kind="permission_revoked", broken_at=now())
    text = (await visitor.get("/inbox")).text
    assert "Wire needs an admin" in text and "Reconnect" not in text


async def test_fifteen_rows_are_shown_and_the_rest_is_behind_a_link(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for n in range(52):
        await store(Post, {}, status="awaiting_user_date", title=f"Idea {n}", zone="UTC")
    page = await visitor.get("/inbox")
    assert len(sections(page)["undated"]) == 15
    assert "All 52 of them" in page.text and 'href="/posts?status=awaiting_user_date"' in page.text
    assert "52 things" in page.text
    assert len(re.findall(r'<tr id="row-', (await visitor.get("/posts?status=awaiting_user_date")).text)) == 50


async def test_titles_are_text(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await review(title="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in (await visitor.get("/inbox")).text


async def test_a_full_inbox_costs_as_many_statements_as_one_of_each(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    channels = [await make_channel(broken_kind="unexpected", broken_at=now())]
    for status in STATUSES:
        await make_post(status, channels=channels, author=visitor.person)
    one = await statements(monkeypatch, visitor, "/inbox")
    for status in STATUSES * 2:
        await make_post(status, channels=channels, author=visitor.person)
    assert await statements(monkeypatch, visitor, "/inbox") == one <= 11


async def test_reading_takes_a_minute_for_200_words_and_a_fix_one_minute(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review()
    await make_revision(post, body="ebb " * 1400)
    assert "1 thing, about 7 minutes" in (await visitor.get("/inbox")).text
    await make_post("missed")
    assert "2 things, about 8 minutes" in (await visitor.get("/inbox")).text


async def test_what_is_due_today_says_that_it_is_held(client: httpx.AsyncClient) -> None:
    await make_team(settings={"approve_hours": 0})  # else what goes out at midnight is overdue in the evening
    visitor = await enter(client)
    at = now().replace(hour=23, minute=59, second=30, microsecond=0)
    post = await review(planned_on=at.date(), planned_time=time(23, 59), publish_at=at)
    assert "Due today at" in row(await visitor.get("/inbox"), post)
    assert "If nobody approves it, it is held, not published." in row(await visitor.get("/inbox"), post)
    later = at + timedelta(days=3)
    other = await review(planned_on=later.date(), planned_time=time(23, 59), publish_at=later)
    assert "once it is approved." in row(await visitor.get("/inbox"), other)


async def test_every_post_can_be_ticked_with_what_was_shown_of_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review()
    page = await visitor.get("/inbox")
    value = f"{post.id}:{post.version}:{(await seals.sealable(post.id)).digest.hex()}"
    assert f'form="bulk" id="pick-{post.id}" value="{value}"' in row(page, post)
    assert 'formaction="/posts/bulk/approve"' in page.text and 'formaction="/posts/bulk/move"' in page.text
    report = await visitor.post("/posts/bulk", do="approve", row=value, back="/inbox")
    assert "1 approved." in report.text


async def test_a_viewer_has_no_tick_boxes(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    await review()
    page = (await visitor.get("/inbox")).text
    assert 'name="row"' not in page and 'id="bulk"' not in page


async def press(client: httpx.AsyncClient, shown: str, post: Post, headers: dict[str, str] = HTMX) -> httpx.Response:
    """The form of a row or of a question, as htmx sends it."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    return await client.post(f"/posts/{post.id}/moves", data=fields, headers=headers)


async def status_of(post: Post) -> str:
    return str(await sql.value("SELECT status FROM post WHERE id = $1", post.id))


async def mute(post: Post) -> Revision:
    """One picture of it has no alt text: a check that an approval would pass over."""
    text = await Revision.objects().get(Revision.id == post.revision)
    assert text
    await make_picture(text, await make_media(post), alt="")
    return text


async def test_a_row_asks_before_its_approval_passes_over_checks(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review(planned_on=None)
    await mute(post)
    asked = await press(client, row(await visitor.get("/inbox"), post), post)
    assert asked.status_code == 200 and asked.headers["hx-retarget"] == "#dialog", asked.text
    assert "Approving passes over 1 check: 1 picture has no alt text." in asked.text
    assert await status_of(post) == "generated_pending_review"
    done = await press(client, asked.text, post)
    assert await status_of(post) == "approved" and f'id="row-{post.id}"' in done.text, done.text


async def test_without_scripts_the_question_is_a_page_that_leads_back(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review(planned_on=None)
    await mute(post)
    asked = await press(client, row(await visitor.get("/inbox"), post), post, headers={})
    assert "<h1" in asked.text and "1 picture has no alt text." in asked.text
    answer = await press(client, asked.text.split("<main")[1], post, headers={})
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    assert await status_of(post) == "approved"


async def test_a_check_that_somebody_waived_is_not_asked_about(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review(planned_on=None)
    text = await mute(post)
    await sql.run("INSERT INTO waiver (revision, name, person, note) VALUES ($1, 'alt', $2, 'A line of dots.')",
                  text.id, visitor.person.id)  # fmt: skip
    await press(client, row(await visitor.get("/inbox"), post), post)
    assert await status_of(post) == "approved"


async def test_an_answer_to_the_question_approves_only_what_the_row_showed(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await review(planned_on=None)
    shown = row(await visitor.get("/inbox"), post)
    await mute(post)
    asked = await press(client, shown, post)
    assert asked.headers["hx-retarget"] == "#dialog"
    answer = await press(client, asked.text, post)
    assert answer.status_code == 409 and await status_of(post) == "generated_pending_review", answer.text


async def test_undo_of_an_approval_brings_the_row_back(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    at = now(days=3).replace(second=0, microsecond=0)
    post = await review(planned_on=at.date(), planned_time=at.time(), publish_at=at)
    done = await press(client, row(await visitor.get("/inbox"), post), post)
    assert await sql.value("SELECT status FROM post WHERE id = $1", post.id) == "scheduled"
    assert "Goes out" in done.text and 'data-key="z"' in done.text and 'value="reopen"' in done.text
    again = await press(client, row(done, post), post)
    assert await sql.value("SELECT status FROM post WHERE id = $1", post.id) == "generated_pending_review"
    assert "data-row" in again.text and 'data-key="a"' in again.text and f'id="pick-{post.id}"' in again.text


async def test_undo_of_a_rejection_is_there_for_who_may_restore(client: httpx.AsyncClient) -> None:
    await enter(client)
    post = await review()
    visitor = await enter(client)
    fields = {"name": "reject", "version": post.version, "reason": "No.", "place": "inbox", "csrf_token": visitor.csrf}
    done = await client.post(f"/posts/{post.id}/moves", data=fields, headers=HTMX)
    assert 'value="restore"' in done.text
    again = await press(client, row(done, post), post)
    assert "data-row" in again.text and "Pending review" in again.text


async def test_failed_posts_with_one_cause_stand_together_with_its_one_fix(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    wire = await make_channel(name="Wire", broken_kind="expired_token", broken_at=now())
    first, other, third = [await make_post("publish_failed", channels=[wire]) for _ in range(3)]
    await sql.run("UPDATE delivery SET error_kind = 'expired_token' WHERE post = ANY($1::bigint[])",
                  [first.id, third.id])  # fmt: skip
    page = await visitor.get("/inbox")
    assert sections(page)["fix"] == [first.id, third.id, other.id]
    text = page.text[page.text.index("Same cause (2 posts)") :]
    assert "One fix for all: reconnect Wire." in text and text.index("Same cause") < text.index(f'id="row-{first.id}"')
    await sql.run("UPDATE channel SET broken_kind = NULL, broken_at = NULL WHERE id = $1", wire.id)
    page = await visitor.get("/inbox")
    assert "Wire works again. Re-queue 2 waiting posts?" in page.text
    assert f'href="/channels/{wire.id}/requeue"' in page.text


async def test_a_mention_waits_until_it_is_seen(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    mara = await make_person("editor", name="Mara")
    post = await make_post("published", title="Ebb")
    comment = await sql.value(
        "INSERT INTO comment (post, person, kind, body) VALUES ($1, $2, 'comment', 'Look at <b>this</b>') RETURNING id",
        post.id, mara.id,
    )  # fmt: skip
    await sql.run("INSERT INTO mention (comment, person) VALUES ($1, $2)", comment, visitor.person.id)
    page = (await visitor.get("/inbox")).text
    assert "Mentions" in page and f'href="/posts/{post.id}#comment-{comment}"' in page
    assert "Mara: Look at &lt;b&gt;this&lt;/b&gt;" in page and "1 thing, about 1 minute" in page
    await visitor.get(f"/posts/{post.id}")
    assert "Mentions" not in (await visitor.get("/inbox")).text
