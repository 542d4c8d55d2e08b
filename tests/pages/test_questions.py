"""What a question offers and warns of: free slots wherever a time is asked for, checks that an approval passes over."""

import json
import re
from datetime import UTC, date, datetime, time

import httpx
import pytest

from app import seals, sql
from app.content import Shown
from app.flow import plan
from app.tables import Post
from tests.makers import make_channel, make_media, make_post
from tests.pages.test_checks import draft
from tests.rows import now
from tests.visitors import Visitor, enter


async def given(*walls: str, zone: str = "Europe/Berlin") -> None:
    await sql.run("UPDATE team SET zone = $1, settings = $2", zone, json.dumps({"slots": walls}))


def offered(page: httpx.Response) -> list[str]:
    assert page.status_code in (200, 422), page.text
    return re.findall(r'id="slot-\d" name="slot" value="([^"]+)"', page.text)


async def sent(visitor: Visitor, post: Post, name: str, **fields: str) -> httpx.Response:
    digest = (await seals.sealable(post.id)).digest.hex() if post.revision else ""
    version = (await plan.load(post.id)).version
    return await visitor.post(f"/posts/{post.id}/moves", name=name, version=version, digest=digest, **fields)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("awaiting_user_date", "set_date"), ("to_be_generated", "set_time"), ("approved", "schedule"),
        ("generated_pending_review", "approve_and_schedule"), ("scheduled", "reschedule"),
    ],
)  # fmt: skip
async def test_four_free_slots_are_offered_and_one_click_takes_one(
    client: httpx.AsyncClient, status: str, name: str
) -> None:
    visitor = await enter(client)
    await given("07:15", "21:45")
    dated = {"planned_on": None} if name == "approve_and_schedule" else {}
    post = await make_post(status, channels=[await make_channel()], zone="Europe/Berlin", **dated)
    found = offered(await visitor.get(f"/posts/{post.id}/moves/{name}"))
    assert len(found) == len({slot[:10] for slot in found}) == 4 and found == sorted(found)
    assert all(slot.endswith(("T07:15", "T21:45")) for slot in found)
    answer = await sent(visitor, post, name, slot=found[2], at="2001-01-01T00:00", on="2001-01-01")
    assert answer.status_code == 303, answer.text
    fresh = await plan.load(post.id)
    assert (fresh.planned_on, fresh.planned_time) == (
        date.fromisoformat(found[2][:10]), time.fromisoformat(found[2][11:]),
    )  # fmt: skip


async def test_a_slot_that_another_post_has_is_not_offered_and_a_planned_day_comes_first(
    client: httpx.AsyncClient,
) -> None:
    visitor = await enter(client)
    await given("08:00", zone="UTC")
    first, later = now(days=10).date(), now(days=11).date()
    await make_post("scheduled", planned_on=first, planned_time=time(8))
    channels = [await make_channel()]
    post = await make_post("approved", channels=channels, planned_on=first, planned_time=time(12))
    assert offered(await visitor.get(f"/posts/{post.id}/moves/schedule"))[0] == f"{later}T08:00"


async def test_a_move_without_a_time_offers_none(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post("approved", channels=[await make_channel()])
    assert offered(await visitor.get(f"/posts/{post.id}/moves/publish_now")) == []


async def test_an_unreadable_slot_is_refused_in_words(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post("approved", channels=[await make_channel()])
    answer = await sent(visitor, post, "schedule", slot="soon", at="2031-01-01T09:00")
    assert answer.status_code == 422
    assert "Write a day and a time, like 2026-11-24 09:00." in answer.text and "2031-01-01T09:00" in answer.text


async def test_the_calendars_move_offers_them_on_the_teams_clock(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await given("07:15", zone="Asia/Kolkata")
    post = await make_post("awaiting_user_date", zone="Europe/Berlin")
    found = offered(await visitor.get(f"/posts/{post.id}/time"))
    assert len(found) == 4
    answer = await visitor.post(f"/posts/{post.id}/time", version=post.version, slot=found[1], on="2001-01-01")
    assert answer.status_code == 303, answer.text
    there = datetime.fromisoformat(found[1] + "+05:30").astimezone(UTC)
    assert (await plan.load(post.id)).publish_at == there


async def test_an_empty_month_lets_us_suggest_four_dates_of_that_month(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    await given("08:00", zone="UTC")
    page = (await visitor.get("/calendar?date=2031-01")).text
    assert "Plan one, or let us suggest four dates." in page
    link = re.search(r'href="(/posts/new\?after=[^"]+)"', page)
    assert link
    found = offered(await visitor.get(link[1]))
    assert found == [f"2031-01-0{day}T08:00" for day in (1, 2, 3, 4)]
    made = await visitor.post("/posts", title="Tide tables", then="plan", slot=found[3], on="", wall="")
    assert made.status_code == 303
    row = await sql.row("SELECT planned_on, planned_time FROM post WHERE title = 'Tide tables'")
    assert row and (row["planned_on"], row["planned_time"]) == (date(2031, 1, 4), time(8))


@pytest.mark.parametrize("after", ["nonsense", "2001-01", "9999-12-31", "0001-01"])
async def test_wherever_suggestions_begin_the_new_post_page_opens(client: httpx.AsyncClient, after: str) -> None:
    visitor = await enter(client)
    answer = await visitor.get(f"/posts/new?after={after}")
    assert answer.status_code == 200 and len(offered(answer)) == (0 if after.startswith("9999") else 4)


@pytest.mark.parametrize("name", ["approve", "approve_and_schedule", "approve_and_publish"])
async def test_an_approval_names_the_checks_it_passes_over(client: httpx.AsyncClient, name: str) -> None:
    visitor, media = await enter(client), await make_media()
    post = await draft(pictures=(Shown(media.id),))
    page = (await visitor.get(f"/posts/{post.id}/moves/{name}")).text
    assert "Approving passes over 1 check: 1 picture has no alt text." in page
    assert f'href="/posts/{post.id}#checks-{post.id}"' in page
    assert f'id="checks-{post.id}"' in (await visitor.get(f"/posts/{post.id}")).text
    told = await draft(pictures=(Shown(media.id, alt="The sea"),))
    assert "passes over" not in (await visitor.get(f"/posts/{told.id}/moves/{name}")).text


async def test_a_move_that_is_no_approval_names_no_checks(client: httpx.AsyncClient) -> None:
    visitor, media = await enter(client), await make_media()
    post = await draft(pictures=(Shown(media.id),))
    assert "passes over" not in (await visitor.get(f"/posts/{post.id}/moves/reject")).text


async def test_a_question_on_a_page_of_its_own_is_a_plain_form(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    post = await make_post("scheduled", channels=[await make_channel()])
    for path in (f"/posts/{post.id}/moves/reopen", f"/posts/{post.id}/moves/duplicate", f"/posts/{post.id}/time"):
        alone, inside = await visitor.get(path), await visitor.get(path, headers={"HX-Request": "true"})
        assert "hx-post" not in alone.text.split("<main")[1], "htmx finds no target there, and the button is dead"
        assert "hx-post" in inside.text
