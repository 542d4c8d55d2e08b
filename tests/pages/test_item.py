"""A post's own page: what it says in every situation, what it compares, how it polls, and that text stays text."""

import re

import httpx
import pytest

from app import content, sql
from app.lifecycles.post import WORKING
from app.platforms.contract import DEAD_CHANNEL
from app.tables import Delivery, Generation, Media, Post
from tests.lifecycles.expected import PEOPLE
from tests.makers import (
    make_attempt,
    make_channel,
    make_delivery,
    make_media,
    make_person,
    make_picture,
    make_post,
    make_publication,
    make_revision,
    make_team,
)
from tests.pages.situations import SITUATIONS, Situation, authored
from tests.rows import now
from tests.visitors import Visitor, enter

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} ' &amp; \u0627\u0644"
PLACES = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.words)


async def shown(visitor: Visitor, post: Post, query: str = "") -> str:
    answer = await visitor.get(f"/posts/{post.id}{query}")
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


@PLACES
async def test_the_page_is_whole_and_polls_only_while_something_works(
    client: httpx.AsyncClient, situation: Situation
) -> None:
    visitor = await enter(client, "admin")
    post = await authored(situation, PEOPLE[-1], visitor.person, await make_person("admin"))
    page = await shown(visitor, post)
    assert page.count("<h1") == 1 and page.count("<article") == 1
    asked = situation.words == "scheduled, platforms being asked"
    assert ('hx-trigger="live"' in page) == (situation.status in WORKING or asked)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids), "an id stands twice"
    assert "None" not in re.sub(r"<script.*?</script>", "", page)


@PLACES
async def test_the_card_is_exactly_what_the_page_includes(client: httpx.AsyncClient, situation: Situation) -> None:
    visitor = await enter(client, "admin")
    post = await authored(situation, PEOPLE[-1], visitor.person, await make_person("admin"))
    await shown(visitor, post)
    page, card = await shown(visitor, post), await visitor.get(f"/posts/{post.id}/card")
    settled = [re.sub(r"\d+ s\b", "n s", text) for text in (card.text.strip(), page)]
    assert settled[0] in settled[1]


async def test_a_post_about_to_go_out_polls_and_one_for_next_week_does_not(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    later = await make_post("scheduled", planned_on=now(days=7).date())
    assert 'hx-trigger="live"' not in await shown(visitor, later)
    await sql.run("UPDATE publication SET due_at = now() + interval '5 minutes' WHERE post = $1", later.id)
    assert 'hx-trigger="live"' in await shown(visitor, later)
    await sql.run("UPDATE publication SET held_for = 'late', held_at = now() WHERE post = $1", later.id)
    assert 'hx-trigger="live"' not in await shown(visitor, later)


async def test_opening_the_page_is_a_look_and_the_next_one_is_told_from_it(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("approved")
    page = await shown(visitor, post)
    look = "SELECT r.number FROM look l JOIN revision r ON r.id = l.revision WHERE l.post = $1 AND l.person = $2"
    assert await sql.value(look, post.id, visitor.person.id) == 1
    assert "your last look" not in page
    await make_revision(post, body="A new opening.", origin="edited")
    page = await shown(visitor, post)
    assert f'href="/posts/{post.id}?channel=0&amp;since=1"' in page and "Changes since your last look" in page
    assert await sql.value(look, post.id, visitor.person.id) == 2
    compared = await shown(visitor, post, "?since=1")
    assert "<ins>A new opening.</ins>" in compared and "Changes since version 1" in compared


async def test_a_card_that_polls_is_no_look(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await visitor.get(f"/posts/{post.id}/card")
    assert await sql.value("SELECT count(*) FROM look") == 0


async def test_an_edited_draft_shows_its_changes_without_being_asked(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("modified_pending_review")
    page = await shown(visitor, post)
    assert "<ins>And back.</ins>" in page and "Changes since version 1" in page
    plain = await shown(visitor, post, "?since=none")
    assert "<ins>" not in plain and "The moon pulls the sea." in plain


@pytest.mark.parametrize("since", ["99", "0", "-1", "1e3", "look", "'", "9" * 40, "2"])
async def test_a_version_that_is_not_older_compares_nothing(client: httpx.AsyncClient, since: str) -> None:
    visitor, post = await enter(client), await make_post("approved")
    assert "<ins>" not in await shown(visitor, post, f"?since={since}")


async def test_captions_titles_and_pictures_are_compared_too(client: httpx.AsyncClient) -> None:
    channel = await make_channel(name="Feed")
    visitor, post = await enter(client), await make_post("approved", channels=[channel])
    await sql.run("UPDATE post SET title = 'High tides' WHERE id = $1", post.id)
    await post.refresh()
    newer = await make_revision(post, origin="edited", excerpt="Once a day.")
    await sql.run(
        "INSERT INTO rendition (revision, channel, fields) VALUES ($1, $2, $3)", newer.id, channel.id, '{"text": "Hey"}'
    )
    await make_picture(newer, await make_media(post))
    page = re.sub(r"<[^>]+>", "", await shown(visitor, post, "?since=1"))
    assert "High tides" in page and "Feed: Hey" in page and "The sea" in page


async def test_the_outline_writer_says_what_it_is(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    said = "Arranged by the outline writer from your own words; it invents nothing."
    drafted = await make_post()
    assert said in await shown(visitor, drafted)
    await sql.run("UPDATE generation SET writer = 'openai' WHERE post = $1", drafted.id)
    assert said not in await shown(visitor, drafted)
    assert said not in await shown(visitor, await make_post("approved"))
    writing = await make_post("generating")
    assert "The outline writer arranges your own words; it invents nothing" in await shown(visitor, writing)


@pytest.mark.parametrize(
    ("stage", "now_at"),
    [("waiting for the writer", "Reading the brief"), ("reading the brief", "Reading the brief"),
     ("writing", "Arranging your words"), ("checking", "Checking")],
)  # fmt: skip
async def test_a_run_shows_its_stages(client: httpx.AsyncClient, stage: str, now_at: str) -> None:
    visitor, post = await enter(client), await make_post("generating")
    await Generation.update({Generation.stage: stage}).where(Generation.post == post.id)
    page = await shown(visitor, post)
    assert re.search(rf'<li class="now">.*?<span>{now_at}</span>', page, re.DOTALL)
    assert f"Writing now: {stage}, " in page


async def test_pictures_to_come_are_counted(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("text_ready_images_pending")
    page = await shown(visitor, post)
    assert "1 picture to come." in page and "<small>0 of 1</small>" in page and "Being drawn…" in page


async def test_a_failed_picture_has_its_three_ways_on(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    failed = await make_media(post, "failed")
    await make_picture(await make_revision(post, origin="edited"), failed)
    page = await shown(visitor, post)
    for button in (f"redraw-{failed.id}", f"drop-{failed.id}", f"replace-{failed.id}"):
        assert f'id="{button}"' in page
    assert "The illustrator gave up." in page
    other = await enter(client, "viewer")
    assert "redraw-" not in await shown(other, post)


async def test_done_asks_for_a_channel_and_knows_whether_there_is_one(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    page = await shown(visitor, post)
    assert "Done" in page and f'id="post-{post.id}-connect" href="/channels"' in page
    await make_channel()
    assert f'id="post-{post.id}-aim" href="/posts/{post.id}/plan"' in await shown(visitor, post)


async def test_a_live_post_leads_to_where_it_is_live(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("published", channels=[await make_channel()])
    url = await sql.value("SELECT remote_url FROM delivery WHERE post = $1", post.id)
    page = await shown(visitor, post)
    assert f'<a class="btn primary" id="post-{post.id}-live" href="{url}"' in page
    await make_revision(post, body="New.", origin="edited")
    page = await shown(visitor, post)
    assert "The live version is older than your text." in page
    assert page.index(f'id="post-{post.id}-publish_changes"') < page.index(f'id="post-{post.id}-live"')


async def failed_post(kind: str, note: str = "401 EXPIRED") -> tuple[Post, Delivery]:
    channel = await make_channel(name="Partner")
    post = await make_post("publish_failed", channels=[channel])
    await Delivery.delete().where(Delivery.post == post.id)
    status = "unconfirmed" if kind == "outcome_unknown" else "failed"
    publication = await make_publication(post, "completed")
    sent = await make_delivery(publication, channel, status, error_kind=kind, error_note=note)
    await make_attempt(
        sent, "refused", http_status=401, answer="<b>EXPIRED</b>", error_kind=kind, next_action="settled as failed"
    )
    return post, sent


@pytest.mark.parametrize(
    ("kind", "headline", "first"),
    [
        ("expired_token", "Partner says the sign-in has expired", "Reconnect Partner"),
        ("permission_revoked", "Partner no longer lets us post", "Re-authorise Partner"),
        ("content_rejected", "Partner declined it: “401 EXPIRED.”", "Edit"),
        ("rate_limited", "Partner asks us to wait", "Try again now…"),
        ("platform_unavailable", "Partner is not answering", "Check Partner"),
        ("outcome_unknown", "We cannot tell whether Partner published it", "It is live…"),
        ("changed_there", "Partner has it differently now", "Try again now…"),
        ("invalid_settings", "Partner is not set up to take this", "Open Partner"),
        ("unexpected", "Partner gave an answer nobody expected", "Try again now…"),
    ],
)
async def test_a_problem_says_cause_certainty_and_fix(
    client: httpx.AsyncClient, kind: str, headline: str, first: str
) -> None:
    visitor = await enter(client, "admin")
    post, sent = await failed_post(kind)
    if kind in DEAD_CHANNEL:
        await sql.run("UPDATE channel SET broken_kind = $1, broken_at = now()", kind)
    page = await shown(visitor, post)
    assert f'<h2 id="why-{post.id}">{headline}</h2>' in page
    why = page.split(f'<h2 id="why-{post.id}">')[1].split("</section>")[0]
    assert "We tried once, today, " in why and "What fixes it: " in why
    certain = "may be there already" if kind == "outcome_unknown" else "nothing"
    assert certain in why
    header = page.split(f'id="actions-{post.id}"')[1]
    assert re.search(r"</svg>([^<]+)", header)[1] == first
    assert "What happened on each channel" in page and f'id="tech-{sent.id}"' in page
    assert "401 &lt;b&gt;EXPIRED&lt;/b&gt;" in page and sent.key in page


@pytest.mark.parametrize("kind", DEAD_CHANNEL)
async def test_a_channel_that_works_again_is_not_to_be_reconnected(client: httpx.AsyncClient, kind: str) -> None:
    visitor = await enter(client)
    post, _ = await failed_post(kind)
    page = await shown(visitor, post)
    assert "What fixes it: Partner works again; try again." in page
    assert "Reconnect" not in page and "Re-authorise" not in page
    assert re.search(r"</svg>([^<]+)", page.split(f'id="actions-{post.id}"')[1])[1] == "Try again now…"
    inbox = (await visitor.get("/inbox")).text.split(f'id="row-{post.id}"')[1].split("</li>")[0]
    assert "Try again now…" in inbox and f"/posts/{post.id}/moves/publish_now" in inbox and "Reconnect" not in inbox


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_who_cannot_reconnect_a_channel_is_led_to_its_page(client: httpx.AsyncClient, role: str) -> None:
    visitor = await enter(client, role)
    post, _ = await failed_post("expired_token")
    channel = await sql.value("UPDATE channel SET broken_kind = 'expired_token', broken_at = now() RETURNING id")
    header = (await shown(visitor, post)).split(f'id="actions-{post.id}"')[1].split("</header>")[0]
    assert "Open Partner" in header and "Reconnect" not in header
    assert "An admin tests it, reconnects it" in (await visitor.get(f"/channels/{channel}")).text


async def test_what_was_sent_without_its_planned_time_tells_when_it_really_was(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    ahead = {"planned_on": now(days=9).date(), "publish_at": now(days=9)}
    queued = await make_post("scheduled", channels=[channel], **ahead)
    await sql.run("UPDATE publication SET due_at = NULL WHERE post = $1", queued.id)
    live = await make_post("published", channels=[channel], **ahead)
    failed = await make_post("publish_failed", channels=[channel], **ahead)
    said = r'<p class="grow"><strong>(.*?)</strong>'
    assert re.findall(said, await shown(visitor, queued)) == ["now"]
    assert re.findall(said, await shown(visitor, live))[0].startswith("today, ")
    assert re.findall(said, await shown(visitor, failed)) == []


async def test_a_time_is_changed_from_where_it_stands(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    found = {}
    for status in ("awaiting_user_date", "generated_pending_review", "approved", "scheduled", "published"):
        post = await make_post(status, channels=[channel], planned_on=None if status[0] == "a" else now(days=9).date())
        link = re.search(r'id="when-change" href="/posts/\d+/moves/(\w+)"[^>]*>([\w ]+)<', await shown(visitor, post))
        found[status] = link.groups() if link else None
    assert found == {
        "awaiting_user_date": ("set_date", "Pick date"), "generated_pending_review": ("set_time", "Change"),
        "approved": None, "scheduled": ("reschedule", "Change"), "published": None,
    }  # fmt: skip
    viewer = await enter(client, "viewer")
    assert "when-change" not in await shown(viewer, post)


async def test_who_cannot_approve_is_not_told_what_their_approval_would_do(client: httpx.AsyncClient) -> None:
    post = await make_post(channels=[await make_channel()])
    assert "If you approve: " in await shown(await enter(client), post)
    viewers = await shown(await enter(client, "viewer"), post)
    assert "If it is approved: " in viewers and "If you approve" not in viewers and "Mention someone" not in viewers


async def test_only_an_editor_is_asked_what_nobody_knows(client: httpx.AsyncClient) -> None:
    post, sent = await failed_post("outcome_unknown")
    page = await shown(await enter(client, "writer"), post)
    assert f"/deliveries/{sent.id}/moves/" not in page
    page = await shown(await enter(client, "editor"), post)
    assert f'href="/deliveries/{sent.id}/moves/confirm' in page and f'href="/deliveries/{sent.id}/moves/deny' in page


async def test_a_writers_failure_is_not_told_as_a_channels(client: httpx.AsyncClient) -> None:
    """A post that once failed to publish and now failed to be written says only the latter."""
    visitor, post = await enter(client), await make_post("generation_failed")
    await sql.run("UPDATE generation SET error_note = 'The writer is out of words.' WHERE post = $1", post.id)
    page = await shown(visitor, post)
    assert "Writing did not finish: The writer is out of words. Nothing was charged." in page


@pytest.mark.parametrize("field", ["title", "keyword", "angle", "brief"])
async def test_hostile_words_of_a_plan_stay_words(client: httpx.AsyncClient, field: str) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    await sql.run(f"UPDATE post SET {field} = $2 WHERE id = $1", post.id, HOSTILE)
    page = await shown(visitor, post)
    assert "<script>alert" not in page and "<img src=x" not in page and "{{ 7*7 }}" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_hostile_words_stay_words_wherever_they_come_from(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(name=HOSTILE)
    author = await make_person("writer", name=HOSTILE)
    channel = await make_channel(name=HOSTILE)
    post = await make_post("publish_failed", channels=[channel], author=author, title=HOSTILE)
    await Delivery.update({Delivery.error_kind: "content_rejected", Delivery.error_note: HOSTILE}, force=True)
    newer = await make_revision(post, body=HOSTILE, body_html="<p>clean</p>", origin="edited", excerpt=HOSTILE)
    media = await make_media(post, "failed", prompt=HOSTILE)
    await Media.update({Media.error_message: HOSTILE}, force=True)
    await sql.run(
        "INSERT INTO picture (revision, position, media, alt) VALUES ($1, 0, $2, $3)", newer.id, media.id, HOSTILE
    )
    await sql.run(
        "INSERT INTO event (about, about_id, post, move, by_kind, person, note) VALUES ('post', $1, $1, $2, 'person',"
        " $3, $4)", post.id, "revise", author.id, HOSTILE,
    )  # fmt: skip
    for path in ("", "?since=1", "/edit", "/changes", "/moves/publish_now", f"?channel={channel.id}"):
        page = (await visitor.get(f"/posts/{post.id}{path}")).text
        assert "<script>alert" not in page and "<img src=x" not in page and "onerror=alert(1)> " not in page, path
        assert "alert(1)" in page or path == "?", path


async def test_a_body_is_shown_as_it_was_sanitised_and_its_gaps_stand_out(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    html = "<p>It costs [write: how much] today.</p>"
    await make_revision(post, body="x", body_html=html, origin="edited", gaps=1)
    page = await shown(visitor, post)
    assert "<p>It costs <mark>[write: how much]</mark> today.</p>" in page
    assert re.search(r"<div hx-disable[^>]*><p>It costs", page)


async def test_a_title_of_300_letters_is_whole_on_the_page(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post(title="ä" * 300)
    assert "ä" * 300 in await shown(visitor, post)


async def test_a_viewer_reads_everything_and_has_no_button(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "viewer"), await make_post()
    page = await shown(visitor, post)
    main = page.split("<main")[1].split("</main>")[0]
    assert "<form" not in main and "/moves/" not in main and "/edit" not in main
    assert "The moon pulls the sea." in main


async def test_a_rejected_post_says_who_declined_it_and_why(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("rejected")
    insert = (
        "INSERT INTO event (about, about_id, version, post, move, to_status, by_kind, person, note)"
        " VALUES ('post', $1, 1, $1, 'reject', 'rejected', 'person', $2, 'Too long.')"
    )
    await sql.run(insert, post.id, visitor.person.id)
    page = await shown(visitor, post)
    assert f"{visitor.person.name} declined it: “Too long.”" in page


async def test_the_page_asks_for_its_post_only_few_times(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question is a round trip: 150 pages a second leave room for eight, and none per channel or picture."""
    visitor = await enter(client)
    post = await make_post("published", channels=[await make_channel() for _ in range(4)])
    asked: list[str] = []
    for name in ("rows", "row", "value", "run"):
        real = getattr(sql, name)

        async def counted(statement: str, *values: object, real: object = real) -> object:
            asked.append(statement)
            return await real(statement, *values)  # type: ignore[operator]

        monkeypatch.setattr(sql, name, counted)
    await shown(visitor, post)
    first = len(asked)
    await shown(visitor, post)
    assert first <= 9 and len(asked) - first <= 8, asked


async def test_versions_are_listed_where_there_are_several(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("approved")
    assert "All versions" not in await shown(visitor, post)
    await make_revision(post, origin="edited")
    assert f'href="/posts/{post.id}/changes"' in await shown(visitor, post)
    assert (await content.load(post.revision)).number == 2
