"""Moving a card of the calendar: the time of day stays, who may, what is refused in words, and the way back."""

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import httpx
import pytest

from app import sql
from app.tables import Post
from tests.makers import make_post, make_team
from tests.pages.test_calendar import cell, events, on
from tests.rows import now
from tests.visitors import Visitor, enter

BACK = "/calendar?date=2027-03"
NINTH, TENTH = date(2027, 3, 9), date(2027, 3, 10)
HTMX = {"hx-request": "true"}


async def drop(visitor: Visitor, post: Post, day: date, *, back: str = BACK, **fields: object) -> httpx.Response:
    """What a drag sends; without `wall` the time of day is kept."""
    sent = {"keep": "on"} if "wall" not in fields else {}
    sent |= {"version": post.version, "on": str(day), "back": back} | fields
    data = {"csrf_token": visitor.csrf, **{name: str(value) for name, value in sent.items()}}
    return await visitor.client.post(f"/posts/{post.id}/time", data=data, headers=HTMX)


async def stands(post: Post) -> tuple[date, time | None, datetime | None]:
    row = await sql.row("SELECT planned_on, planned_time, publish_at FROM post WHERE id = $1", post.id)
    assert row
    return row["planned_on"], row["planned_time"], row["publish_at"]


def undo(answer: httpx.Response) -> dict[str, str]:
    """The fields of the form in the toast."""
    form = re.search(r'<div id="toast".*?</div>', answer.text, re.DOTALL)
    assert form
    return dict(re.findall(r'name="(version|on|wall|undo|back)" value="([^"]*)"', unescape(form[0])))


async def test_a_drop_keeps_the_wall_clock_time_and_shows_the_calendar_with_the_way_back(
    client: httpx.AsyncClient,
) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client)
    post = await make_post("generated_pending_review", planned_on=date(2027, 3, 9), planned_time=time(9),
                           publish_at=datetime(2027, 3, 9, 8, tzinfo=UTC), zone="Europe/Berlin")  # fmt: skip
    answer = await drop(visitor, post, date(2027, 3, 30))  # in summer time
    assert events(cell(answer, date(2027, 3, 30))) == [post.id]
    assert await stands(post) == (date(2027, 3, 30), time(9), datetime(2027, 3, 30, 7, tzinfo=UTC))
    assert "Moved to Tue 30 Mar 2027, 09:00 (Berlin)." in answer.text and "<html" not in answer.text
    fields = undo(answer)
    assert fields["on"] == "2027-03-09" and fields["wall"] == "09:00"
    back = await drop(visitor, post, NINTH, **fields | {"keep": "off"})
    assert "Back on Tue 9 Mar 2027, 09:00 (Berlin)." in back.text and events(cell(back, NINTH)) == [post.id]
    assert await stands(post) == (NINTH, time(9), datetime(2027, 3, 9, 8, tzinfo=UTC))
    assert 'id="undo"' not in back.text


async def test_a_scheduled_post_is_rescheduled_and_its_publication_with_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await on(NINTH, status="scheduled")
    fields = undo(await drop(visitor, post, TENTH, wall="16:45"))
    at = datetime(2027, 3, 10, 16, 45, tzinfo=UTC)
    assert await stands(post) == (TENTH, time(16, 45), at)
    assert await sql.value("SELECT due_at FROM publication WHERE post = $1", post.id) == at
    assert await sql.value("SELECT move FROM event WHERE post = $1 ORDER BY id DESC LIMIT 1", post.id) == "reschedule"
    await drop(visitor, post, NINTH, **fields)
    assert (await stands(post))[2] == datetime(2027, 3, 9, 9, tzinfo=UTC)


async def test_the_calendars_clock_is_meant_whatever_zone_the_post_was_planned_in(client: httpx.AsyncClient) -> None:
    await make_team(zone="Asia/Tokyo")
    visitor = await enter(client)
    post = await make_post("approved", planned_on=NINTH, planned_time=time(20), zone="Europe/Berlin",
                           publish_at=datetime(2027, 3, 9, 19, tzinfo=UTC))  # fmt: skip
    assert events(cell(await visitor.get(BACK), TENTH)) == [post.id]  # 04:00 in Tokyo
    await drop(visitor, post, date(2027, 3, 12))
    assert await stands(post) == (date(2027, 3, 11), time(20), datetime(2027, 3, 11, 19, tzinfo=UTC))


async def test_an_idea_dropped_on_a_day_is_planned_and_has_no_way_back(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    idea = await make_post("awaiting_user_date")
    answer = await drop(visitor, idea, NINTH)
    assert events(cell(answer, NINTH)) == [idea.id] and 'id="undo"' not in answer.text
    assert await sql.value("SELECT move FROM event WHERE post = $1 ORDER BY id DESC LIMIT 1", idea.id) == "set_date"
    timed = await make_post("awaiting_user_date")
    await drop(visitor, timed, TENTH, wall="10:15")
    assert await stands(timed) == (TENTH, time(10, 15), datetime(2027, 3, 10, 10, 15, tzinfo=UTC))


async def test_a_post_without_a_time_keeps_having_none(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await on(NINTH, None)
    assert undo(await drop(visitor, post, TENTH))["wall"] == ""
    assert await stands(post) == (TENTH, None, None)


async def test_a_time_that_does_not_exist_is_asked_for_with_the_next_that_does(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client)
    post = await on(NINTH, time(1, 30), status="scheduled", zone="Europe/Berlin")  # 02:30 in Berlin
    answer = await drop(visitor, post, date(2027, 3, 28))
    assert answer.status_code == 422 and answer.headers["hx-retarget"] == "#dialog"
    text = unescape(answer.text)
    assert "02:30 does not exist on 28 March in Berlin." in text
    assert 'name="wall" type="time" value="03:30"' in text and "Use 03:30" in text
    assert await stands(post) == (NINTH, time(1, 30), datetime(2027, 3, 9, 1, 30, tzinfo=UTC))
    moved = await drop(visitor, post, date(2027, 3, 28), wall="03:30", name="time")
    assert moved.status_code == 200 and (await stands(post))[2] == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("status", ["generated_pending_review", "scheduled", "awaiting_user_date"])
async def test_a_day_that_is_over_is_refused_in_words_in_the_dialog(client: httpx.AsyncClient, status: str) -> None:
    visitor = await enter(client)
    post = await make_post(status) if status == "awaiting_user_date" else await on(NINTH, status=status)
    before = await stands(post)
    answer = await drop(visitor, post, now(days=-2).date())
    assert answer.status_code == 422 and 'id="f-on-error"' in answer.text and "passed" in answer.text
    assert await stands(post) == before


async def test_a_lost_race_shows_the_calendar_as_it_is_and_says_who(client: httpx.AsyncClient) -> None:
    mara = await enter(client, name="Mara")
    post = await on(NINTH)
    await drop(mara, post, TENTH)
    answer = await drop(await enter(client), post, date(2027, 3, 20))
    assert answer.status_code == 409 and events(cell_of(answer, TENTH)) == [post.id]
    told = json.loads(answer.headers["hx-trigger"])["alert"]["text"]
    assert told.startswith("Mara changed this a moment ago. Nothing you did was applied.")
    assert (await stands(post))[0] == TENTH


def cell_of(page: httpx.Response, day: date) -> str:
    found = re.search(rf'id="d-{day}".*?</li>', page.text, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize(("role", "status", "code"), [
    ("writer", "to_be_generated", 403), ("writer", "scheduled", 409), ("editor", "published", 409),
    ("editor", "missed", 409), ("viewer", "to_be_generated", 403),
])  # fmt: skip
async def test_what_this_person_may_not_move_stays(
    client: httpx.AsyncClient, role: str, status: str, code: int
) -> None:
    visitor = await enter(client, role)
    post = await on(NINTH, status=status)
    answer = await drop(visitor, post, TENTH)
    assert answer.status_code == code, answer.text
    assert (await stands(post))[0] == NINTH
    asked = await client.get(f"/posts/{post.id}/time", headers=HTMX)
    assert asked.status_code in (403, 409) and 'id="f-on"' not in asked.text


async def test_a_form_that_does_not_say_what_it_saw_is_refused(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await on(NINTH)
    answer = await visitor.client.post(f"/posts/{post.id}/time", data={"csrf_token": visitor.csrf, "on": str(TENTH)})
    assert answer.status_code == 428 and (await stands(post))[0] == NINTH


async def test_without_scripts_move_is_a_page_with_a_form_that_leads_back(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await on(NINTH)
    link = re.search(rf'id="move-{post.id}" href="([^"]+)"', (await visitor.get(BACK)).text)
    assert link
    page = await visitor.get(unescape(link[1]))
    assert "<h1" in page.text and 'value="2027-03-09"' in page.text and 'value="09:00"' in page.text
    assert "Time (UTC)" in page.text
    back = re.search(r'name="back" value="([^"]+)"', page.text)
    assert back
    answer = await visitor.post(f"/posts/{post.id}/time", name="time", version=str(post.version), on="2027-03-10",
                                wall="10:00", back=back[1])  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    assert "Moved to Wed 10 Mar 2027, 10:00 (UTC)." in (await visitor.get(BACK)).text


async def test_what_cannot_be_read_comes_back_as_it_was_typed(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await on(NINTH)
    answer = await visitor.post(f"/posts/{post.id}/time", version=str(post.version), on="soon", wall="10:00")
    assert answer.status_code == 422 and 'value="soon"' in answer.text and 'value="10:00"' in answer.text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/settings", "", "/calendar/../x"])
async def test_nobody_is_led_anywhere_but_to_the_calendar(client: httpx.AsyncClient, back: str) -> None:
    visitor = await enter(client)
    post = await on(NINTH)
    answer = await visitor.post(f"/posts/{post.id}/time", version=str(post.version), on=str(TENTH), back=back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/calendar")


async def test_no_way_back_leads_to_a_day_that_is_over(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await on(now(days=-1).date(), status="generated_pending_review")
    answer = await drop(visitor, post, now(days=3).date(), back="/calendar")
    assert answer.status_code == 200 and 'id="undo"' not in answer.text


async def test_while_platforms_are_asked_the_card_stays_and_says_so(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await on(NINTH, status="scheduled")
    await sql.run("UPDATE delivery SET status = 'handed_off', remote_id = 'x', next_at = $2 WHERE post = $1",
                  post.id, now() + timedelta(days=1))  # fmt: skip
    answer = await drop(visitor, post, TENTH)
    assert answer.status_code == 200 and "The platforms are being asked." in answer.text
    assert events(cell_of(answer, NINTH)) == [post.id] and 'id="undo"' not in answer.text
