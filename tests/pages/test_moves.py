"""The moves door: what it asks, what it answers, and that nothing typed is lost."""

import json
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from app import content, seals, sql
from app.flow import review
from app.lifecycles.machine import By
from app.tables import Post
from tests.makers import make_channel, make_post, make_team
from tests.rows import now
from tests.visitors import Visitor, enter

HTMX = {"HX-Request": "true"}
DISCARDED = "You changed this a moment ago, perhaps in another tab. Nothing you did now was applied."


async def send(visitor: Visitor, post: Post, *, htmx: bool = False, **fields: Any) -> httpx.Response:
    data = {"csrf_token": visitor.csrf, "version": post.version, **fields}
    return await visitor.client.post(f"/posts/{post.id}/moves", data=data, headers=HTMX if htmx else {})


async def digest(post: Post) -> str:
    return (await seals.sealable(post.id)).digest.hex()


async def status(post: Post) -> str:
    return str(await sql.value("SELECT status FROM post WHERE id = $1", post.id))


async def test_a_move_without_the_version_it_saw_is_428_and_changes_nothing(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    for fields in ({}, {"version": ""}):
        data = {"csrf_token": visitor.csrf, "name": "reject", "reason": "Too long.", **fields}
        answer = await client.post(f"/posts/{post.id}/moves", data=data)
        assert answer.status_code == 428
        assert "the form did not say what it saw" in answer.text and f'id="post-{post.id}"' in answer.text
    assert await status(post) == "generated_pending_review"


async def test_a_stale_version_is_409_with_the_fresh_card(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await send(visitor, post, name="reject", reason="Too long.")
    answer = await send(visitor, post, name="approve", digest=await digest(post))
    assert answer.status_code == 409
    assert DISCARDED in answer.text and "Rejected" in answer.text
    assert await status(post) == "rejected"


async def test_a_stale_htmx_tab_gets_the_fresh_card_and_the_reason_as_an_alert(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await send(visitor, post, name="reject", reason="Too long.")
    answer = await send(visitor, post, name="approve", digest=await digest(post), htmx=True)
    assert answer.status_code == 409
    assert json.loads(answer.headers["hx-trigger"]) == {"alert": {"text": DISCARDED}}
    assert answer.headers["hx-retarget"] == f"#post-{post.id}"
    assert answer.text.lstrip().startswith(f'<article id="post-{post.id}"') and "<html" not in answer.text


async def test_an_unknown_field_is_422_and_changes_nothing(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await send(visitor, post, name="approve", digest=await digest(post), status="published")
    assert answer.status_code == 422
    assert await status(post) == "generated_pending_review"


async def test_a_move_of_a_post_that_is_not_there_is_404(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/posts/999999/moves", name="approve", version=1)
    assert answer.status_code == 404
    assert (await visitor.get("/posts/999999")).status_code == 404
    assert (await visitor.get("/posts/999999/moves/approve")).status_code == 404


async def test_approving_binds_what_was_read_and_an_edit_in_between_refuses_it(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    page = (await visitor.get(f"/posts/{post.id}")).text
    assert f'name="digest" value="{await digest(post)}"' in page
    # The same version with other words behind it: only the digest can tell.
    channel = await make_channel()
    await sql.run("INSERT INTO post_channel (post, channel) VALUES ($1, $2)", post.id, channel.id)
    seen = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert seen
    answer = await send(visitor, post, name="approve", digest=seen[1])
    assert answer.status_code == 409 and "The text changed after you opened it" in answer.text
    for wrong in ("", "00", "zz", "é"):
        assert (await send(visitor, post, name="approve", digest=wrong)).status_code == 409
    assert await status(post) == "generated_pending_review"
    assert (await send(visitor, post, name="approve", digest=await digest(post))).status_code == 303


async def test_an_edit_between_reading_and_approving_is_refused(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post(channels=[await make_channel()])
    seen = await digest(post)
    before = await content.load(post.revision)
    edited = content.Text(before.title, before.body + "\n\nMore.", before.excerpt, before.slug)
    await review.save(post, edited, by=By("person", person=visitor.person.id, role="editor"))
    answer = await send(visitor, post, name="approve", digest=seen)
    assert answer.status_code == 409 and "Modified, pending review" in answer.text
    assert await status(post) == "modified_pending_review"


async def test_a_plain_form_is_answered_with_303_and_a_sentence_shown_once(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await send(visitor, post, name="reject", reason="Too long.")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}")
    assert '<div id="toast" class="toast"><span>Rejected.</span>' in (await visitor.get(f"/posts/{post.id}")).text
    assert '<div id="toast" class="toast" hidden>' in (await visitor.get(f"/posts/{post.id}")).text


async def test_htmx_gets_exactly_the_partial_that_the_page_includes(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await send(visitor, post, name="reject", reason="Too long.", htmx=True)
    card, toast = answer.text.split('<div id="toast" class="toast" hx-swap-oob="true">')
    assert "Rejected." in toast and 'value="restore"' in toast
    page = (await visitor.get(f"/posts/{post.id}")).text
    assert card.strip() in page
    assert (await visitor.get(f"/posts/{post.id}/card")).text.strip() in page


async def test_a_wrong_field_is_asked_again_with_what_was_typed(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    long = "x" * 2001
    for htmx in (False, True):
        answer = await send(visitor, post, name="reject", reason=long, htmx=htmx)
        assert answer.status_code == 422
        assert long in answer.text and "This is 2,001 characters long; 2,000 fit." in answer.text
        assert 'id="f-reason-error"' in answer.text and ("<html" in answer.text) is not htmx
    assert await status(post) == "generated_pending_review"


async def test_a_reason_that_is_missing_is_asked_for_again(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await send(visitor, post, name="reject", reason="  ")
    assert answer.status_code == 422 and "Say why, in a sentence." in answer.text


async def test_a_stale_form_with_a_wrong_field_is_409_first(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await send(visitor, post, name="reject", reason="Too long.")
    answer = await send(visitor, post, name="reject", reason="x" * 2001)
    assert answer.status_code == 409 and DISCARDED in answer.text


@pytest.mark.parametrize(
    ("name", "fields", "kept"),
    [
        ("set_time", {"on": "2027-03-28", "wall": "02:30"}, ['value="2027-03-28"', 'value="02:30"']),
        ("approve_and_schedule", {"at": "2027-03-28T02:30"}, ['value="2027-03-28T02:30"']),
    ],
)
async def test_a_time_that_does_not_exist_names_the_next_one_and_keeps_the_typing(
    client: httpx.AsyncClient, name: str, fields: dict[str, str], kept: list[str]
) -> None:
    visitor = await enter(client)
    post = await make_post(zone="Europe/Berlin", channels=[await make_channel()])
    answer = await send(visitor, post, name=name, digest=await digest(post), **fields)
    assert answer.status_code == 422
    assert "02:30 does not exist on 28 March in Berlin. Use 03:30." in answer.text
    assert all(piece in answer.text for piece in kept)
    assert await status(post) == "generated_pending_review"


@pytest.mark.parametrize("typed", ["soon", "2027-13-01T10:00", "2027-03-28T10:00+02:00"])
async def test_an_unreadable_time_says_how_to_write_it(client: httpx.AsyncClient, typed: str) -> None:
    visitor, post = await enter(client), await make_post("approved", channels=[await make_channel()])
    answer = await send(visitor, post, name="schedule", at=typed)
    assert answer.status_code == 422 and "Write a day and a time" in answer.text
    assert f'value="{typed}"' in answer.text.replace("&#43;", "+")


async def test_a_time_that_has_passed_is_refused_with_the_next_free_slot(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("approved", channels=[await make_channel()])
    answer = await send(visitor, post, name="schedule", at=f"{now(hours=-1):%Y-%m-%dT%H:%M}")
    assert answer.status_code == 422
    assert "That time has passed. Pick a later one. Next free slot: " in answer.text
    assert await status(post) == "approved"


async def test_a_day_that_has_passed_is_asked_again(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("awaiting_user_date")
    answer = await send(visitor, post, name="set_date", on="2020-01-01")
    assert answer.status_code == 422 and "That date has passed" in answer.text and 'value="2020-01-01"' in answer.text


async def test_going_back_to_the_plan_asks_for_a_day_only_when_the_old_one_is_over(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    ahead = await make_post("generation_failed")
    page = await visitor.get(f"/posts/{ahead.id}/moves/retry_generation")
    assert 'name="on"' not in page.text
    assert (await send(visitor, ahead, name="retry_generation")).status_code == 303
    over = await make_post("generation_failed", planned_on=date(2020, 1, 1))
    page = await visitor.get(f"/posts/{over.id}/moves/retry_generation")
    assert 'name="on"' in page.text
    answer = await send(visitor, over, name="retry_generation")
    assert answer.status_code == 422 and "Its date has passed" in answer.text
    assert (await send(visitor, over, name="retry_generation", on=f"{now(days=1):%Y-%m-%d}")).status_code == 303


async def test_approving_ahead_of_its_time_schedules_and_says_so(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(zone="Europe/Berlin")
    await sql.run("UPDATE person SET zone = 'Europe/Berlin' WHERE id = $1", visitor.person.id)
    day = datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=1)
    post = await make_post(channels=[await make_channel()], planned_on=day, planned_time=time(9), zone="Europe/Berlin")
    page = (await visitor.get(f"/posts/{post.id}")).text
    assert "Approve and schedule: tomorrow, 09:00" in page
    assert "If you approve: it is scheduled for tomorrow, 09:00 (Berlin) on 1 channel." in page
    answer = await send(visitor, post, name="approve", digest=await digest(post), htmx=True)
    assert "Approved and scheduled." in answer.text.split('hx-swap-oob="true">')[1]
    assert await status(post) == "scheduled"


async def test_one_vote_of_two_is_counted_and_said(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(approvals_needed=2)
    post = await make_post(channels=[await make_channel()])
    assert "Approve (1 of 2)" in (await visitor.get(f"/posts/{post.id}")).text
    answer = await send(visitor, post, name="approve", digest=await digest(post), htmx=True)
    assert json.loads(answer.headers["hx-trigger"]) == {"toast": {"text": "Your approval counts; more are needed."}}
    assert "You approved it. Needs 1 more approval from an editor." in answer.text
    assert await status(post) == "generated_pending_review"


async def test_a_question_that_came_too_late_shows_the_post_as_it_is(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("published", channels=[await make_channel()])
    for headers in ({}, HTMX):
        answer = await visitor.get(f"/posts/{post.id}/moves/approve", headers=headers)
        assert answer.status_code == 409 and f'id="post-{post.id}"' in answer.text
    assert answer.headers["hx-retarget"] == f"#post-{post.id}"


async def test_a_question_above_ones_role_is_403_with_the_reason(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client, "writer"), await make_post()
    answer = await visitor.get(f"/posts/{post.id}/moves/reject")
    assert answer.status_code == 403 and "This needs the role editor." in answer.text


async def test_a_duplicate_is_a_new_post_and_the_page_goes_there(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("published", channels=[await make_channel()])
    answer = await send(visitor, post, name="duplicate")
    new = int(answer.headers["location"].rsplit("/", 1)[1])
    assert new != post.id and (await visitor.get(f"/posts/{new}")).status_code == 200
    answer = await send(visitor, post, name="duplicate", htmx=True)
    assert answer.status_code == 204 and answer.headers["hx-redirect"].startswith("/posts/")


async def test_a_duplicate_clicked_twice_is_one_post(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("published", channels=[await make_channel()])
    page = (await visitor.get(f"/posts/{post.id}/moves/duplicate")).text
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    assert token
    answers = [await send(visitor, post, name="duplicate", form_token=token[1]) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]


async def test_archiving_hides_and_bringing_back_shows(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("rejected")
    assert (await send(visitor, post, name="archive")).status_code == 303
    await post.refresh()
    page = (await visitor.get(f"/posts/{post.id}")).text
    assert "Archived" in page and f'id="post-{post.id}-unarchive"' in page
    assert (await send(visitor, post, name="unarchive")).status_code == 303


async def test_a_button_of_the_inbox_comes_back_as_its_row(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    answer = await send(visitor, post, name="approve", digest="00", place="inbox", htmx=True)
    assert answer.status_code == 409 and answer.headers["hx-retarget"] == f"#row-{post.id}"
    assert f'id="row-{post.id}"' in answer.text and "<article" not in answer.text
    answer = await send(visitor, post, name="approve", digest=await digest(post), place="inbox", htmx=True)
    assert answer.status_code == 200 and f'id="row-{post.id}"' in answer.text
    plain = await send(visitor, await make_post(), name="reject", reason="No.", place="inbox")
    assert plain.headers["location"] == "/inbox"


async def test_taking_down_asks_the_platform_first_and_says_so(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("published", channels=[await make_channel()])
    answer = await send(visitor, post, name="unpublish", htmx=True)
    assert json.loads(answer.headers["hx-trigger"]) == {"toast": {"text": "The platforms are being asked."}}
    assert "The platforms are being asked to take it down." in answer.text
    assert 'hx-trigger="live"' in answer.text
    assert await status(post) == "published"


async def test_the_same_click_twice_makes_one_event(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    first = await send(visitor, post, name="reject", reason="Too long.")
    second = await send(visitor, post, name="reject", reason="Too long.")
    assert (first.status_code, second.status_code) == (303, 303)
    assert await sql.value("SELECT count(*) FROM event WHERE move = 'reject' AND post = $1", post.id) == 1


async def test_somebody_whose_role_went_meanwhile_is_refused_and_nothing_changes(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    await sql.run("UPDATE person SET role = 'viewer' WHERE id = $1", visitor.person.id)
    answer = await send(visitor, post, name="reject", reason="Too long.")
    assert answer.status_code == 403 and "This needs the role editor." in answer.text
    assert await status(post) == "generated_pending_review"


async def test_the_planned_time_is_in_words_with_its_zone(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await sql.run("UPDATE person SET zone = 'Europe/Berlin' WHERE id = $1", visitor.person.id)
    post = await make_post("scheduled", planned_on=now(days=9).date(), zone="Europe/Berlin")
    page = (await visitor.get(f"/posts/{post.id}")).text
    day = post.planned_on
    assert day is not None
    assert f"Goes out {day:%a} {day.day} {day:%b}" in page and "10:00 (Berlin)" in page
