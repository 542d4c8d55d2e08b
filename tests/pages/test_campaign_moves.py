"""The verbs of a campaign: the page lists what happens to each post, then each ticked one goes its own way."""

import json
import re
from datetime import time
from html import unescape

import httpx
import pytest

from app import sql
from app.lifecycles.campaign import VERBS
from app.tables import Campaign, Channel, Post
from tests.flow.stage import moves_of, status
from tests.makers import make_campaign, make_channel, make_post, make_team
from tests.rows import now
from tests.visitors import Visitor, enter


async def asked(visitor: Visitor, campaign: Campaign, name: str, query: str = "", code: int = 200) -> str:
    answer = await visitor.get(f"/campaigns/{campaign.id}/moves/{name}{query}")
    assert answer.status_code == code, answer.text
    return re.sub(r"\s+", " ", unescape(answer.text))


def ticked(text: str) -> list[str]:
    return re.findall(r'name="row" id="row-\d+-pick" value="([^"]+)"', text)


async def done(visitor: Visitor, campaign: Campaign, name: str, rows: list[str]) -> httpx.Response:
    return await visitor.post(f"/campaigns/{campaign.id}/moves", name=name, row=rows)


async def approved(campaign: Campaign, channel: Channel, **values: object) -> Post:
    return await make_post("approved", campaign=campaign.id, channels=[channel], **values)  # type: ignore[arg-type]


async def test_schedule_all_keeps_planned_times_and_gives_the_rest_a_free_slot(client: httpx.AsyncClient) -> None:
    visitor, campaign, channel = await enter(client), await make_campaign(), await make_channel(name="Wire")
    await sql.run("UPDATE team SET settings = $1", json.dumps({"slots": ["08:00"]}))
    timed = await approved(campaign, channel, planned_on=now(days=5).date(), planned_time=time(11))
    dayless = await approved(campaign, channel, planned_on=None)
    text = await asked(visitor, campaign, "schedule")
    assert "11:00 (UTC) on Wire." in text and "08:00 (UTC) on Wire." in text
    answer = await done(visitor, campaign, "schedule", ticked(text))
    assert "2 scheduled." in answer.text
    due = {row["post"]: row["due_at"] for row in await sql.rows("SELECT post, due_at FROM publication")}
    assert due[timed.id].hour == 11 and due[dayless.id].hour == 8


async def test_one_time_for_all_is_shown_before_it_is_taken(client: httpx.AsyncClient) -> None:
    visitor, campaign, channel = await enter(client), await make_campaign(), await make_channel()
    await make_team(zone="Europe/Berlin")
    posts = [await approved(campaign, channel) for _ in range(2)]
    on = f"{now(days=9):%Y-%m-%d}"
    assert ticked(await asked(visitor, campaign, "schedule", "?how=one")) == []
    text = await asked(visitor, campaign, "schedule", f"?how=one&at={on}T09:30")
    assert text.count("09:30") >= 2
    await done(visitor, campaign, "schedule", ticked(text))
    assert [await status(post) for post in posts] == ["scheduled", "scheduled"]
    assert await sql.value("SELECT count(DISTINCT due_at) FROM publication") == 1


async def test_other_times_than_those_shown_are_shown_first_with_the_ticks_kept(client: httpx.AsyncClient) -> None:
    visitor, campaign, channel = await enter(client), await make_campaign(), await make_channel()
    first, second = [await approved(campaign, channel) for _ in range(2)]
    rows = ticked(await asked(visitor, campaign, "schedule"))
    mine = [row for row in rows if row.startswith(f"{first.id}:")]
    on = f"{now(days=9):%Y-%m-%d}T09:30"
    fields = {"name": "schedule", "row": mine, "how": "one", "at": on, "shown": "planned"}
    answer = await visitor.post(f"/campaigns/{campaign.id}/moves", **fields)
    assert answer.status_code == 422 and "You chose other times." in answer.text
    assert (await status(first), await status(second)) == ("approved", "approved")
    again = re.findall(r'id="row-\d+-pick" value="([^"]+)" aria-label="[^"]*" checked', answer.text)
    assert len(again) == 1 and again[0].startswith(f"{first.id}:") and "09:30" in answer.text
    shown = await visitor.post(f"/campaigns/{campaign.id}/moves", **fields | {"then": "show"})
    assert shown.status_code == 200 and f'name="shown" value="one {on}"' in shown.text
    done_now = await visitor.post(f"/campaigns/{campaign.id}/moves", **fields | {"row": again, "shown": f"one {on}"})
    assert "1 scheduled." in done_now.text and await status(second) == "approved"


@pytest.mark.parametrize("at", ["2020-01-01T10:00", "soon", "2027-03-28T02:30", "2027-05-01T10:00+02:00"])
async def test_a_time_that_cannot_be_is_said(client: httpx.AsyncClient, at: str) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await make_team(zone="Europe/Berlin")
    await approved(campaign, await make_channel())
    text = await asked(visitor, campaign, "schedule", f"?how=one&at={at.replace('+', '%2B')}", 422)
    assert ("does not exist" if "02:30" in at else "Pick a day and a time that lie ahead.") in text


async def test_only_what_is_ticked_moves_and_each_says_what_became_of_it(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    first, second, third = [await make_post("to_be_generated", campaign=campaign.id, title=f"P{n}") for n in range(3)]
    rows = {row.split(":")[0]: row for row in ticked(await asked(visitor, campaign, "generate"))}
    await sql.run("UPDATE post SET version = version + 1 WHERE id = $1", second.id)
    answer = await done(visitor, campaign, "generate", [rows[str(first.id)], rows[str(second.id)]])
    assert "1 started. 1 not." in answer.text and "Someone changed this" in answer.text
    assert [await status(post) for post in (first, second, third)] == [
        "generating", "to_be_generated", "to_be_generated",
    ]  # fmt: skip


async def test_what_is_closed_says_why_and_cannot_be_ticked(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await make_post("approved", campaign=campaign.id, channels=[], title="Nowhere")
    text = await asked(visitor, campaign, "schedule")
    assert ticked(text) == [] and "Not now:" in text and "verb-yes" not in text


async def test_everything_else_is_named_as_left_alone(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    for name in ("approved", "rejected", "published"):
        await make_post(name, campaign=campaign.id)
    assert "Left as they are: 1 Published, 1 Rejected." in await asked(visitor, campaign, "reopen")
    text = await asked(visitor, campaign, "unschedule")
    assert "No post is in a state for that." in text


async def test_unschedule_and_back_to_editing_take_everything_off(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    posts = [await make_post("scheduled", campaign=campaign.id) for _ in range(2)]
    await done(visitor, campaign, "unschedule", ticked(await asked(visitor, campaign, "unschedule")))
    assert [await status(post) for post in posts] == ["approved", "approved"]
    await done(visitor, campaign, "reopen", ticked(await asked(visitor, campaign, "reopen")))
    assert [await status(post) for post in posts] == ["generated_pending_review"] * 2
    assert await moves_of(posts[0]) == ["unschedule", "reopen"]


@pytest.mark.parametrize("rows", [["x"], ["1"], ["1:2"], ["1:0:"], ["1:2:tomorrow"], ["1:2:2026-01-01T10:00:00+02:00"]])
async def test_a_row_that_cannot_be_read_does_nothing(client: httpx.AsyncClient, rows: list[str]) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await make_post("to_be_generated", campaign=campaign.id)
    assert (await done(visitor, campaign, "generate", rows)).status_code == 422


async def test_nothing_ticked_is_said(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await make_post("to_be_generated", campaign=campaign.id)
    answer = await done(visitor, campaign, "generate", [])
    assert answer.status_code == 422 and "Tick at least one post." in answer.text


async def test_a_writer_moves_what_is_theirs_and_a_viewer_nothing(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client, "writer"), await make_campaign()
    own = await make_post("to_be_generated", campaign=campaign.id, author=visitor.person.id)
    other = await make_post("to_be_generated", campaign=campaign.id)
    text = await asked(visitor, campaign, "generate")
    assert [row.split(":")[0] for row in ticked(text)] == [str(own.id)]
    answer = await done(visitor, campaign, "generate", [f"{own.id}:{own.version}:", f"{other.id}:{other.version}:"])
    assert "1 started. 1 not." in answer.text and await status(other) == "to_be_generated"
    viewer = await enter(client, "viewer")
    assert (await done(viewer, campaign, "generate", [f"{other.id}:{other.version}:"])).status_code == 403


@pytest.mark.parametrize("name", [verb.name for verb in VERBS])
async def test_every_verb_has_its_page_for_every_campaign(client: httpx.AsyncClient, name: str) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    assert "No post is in a state for that." in await asked(visitor, campaign, name)


async def test_an_unknown_verb_is_404(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await asked(visitor, campaign, "explode", code=404)
    assert (await done(visitor, campaign, "approve", ["1:1:"])).status_code == 404
