"""A new post and its plan: everything typed is kept until it is right, and nothing half is stored."""

from datetime import date
from typing import Any

import httpx
import pytest

from app import sql
from app.tables import Post
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.rows import now
from tests.visitors import Visitor, enter

TOMORROW = f"{now(days=1):%Y-%m-%d}"
PLAN = {
    "title": "Paper bags", "keyword": "bags", "angle": "What they cost", "brief": "Two cents.\nThen six.",
    "then": "plan",
}  # fmt: skip


async def create(visitor: Visitor, **fields: Any) -> httpx.Response:
    return await visitor.post("/posts", **{**PLAN, **fields})


async def newest() -> Post:
    found = await Post.objects().order_by(Post.id, ascending=False).first()
    assert found is not None
    return found


async def count() -> int:
    return int(await sql.value("SELECT count(*) FROM post"))


async def test_a_plan_with_a_day_is_planned_on_its_channels(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    await make_team(zone="Europe/Berlin")
    one, two, campaign = await make_channel(), await make_channel(), await make_campaign()
    fields = {"on": TOMORROW, "wall": "09:00", "campaign": campaign.id, "channels": [str(one.id), str(two.id)]}
    answer = await create(visitor, **fields)
    post = await newest()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post.id}")
    assert (post.status, post.title, post.campaign, post.zone) == (
        "to_be_generated", "Paper bags", campaign.id, "Europe/Berlin",
    )  # fmt: skip
    targets = await sql.rows("SELECT channel FROM post_channel WHERE post = $1 ORDER BY channel", post.id)
    assert [target["channel"] for target in targets] == [one.id, two.id]
    assert post.author == visitor.person.id


async def test_an_idea_without_a_day_waits_for_one(client: httpx.AsyncClient) -> None:
    await create(await enter(client))
    assert (await newest()).status == "awaiting_user_date"


async def test_writing_by_hand_opens_the_editor(client: httpx.AsyncClient) -> None:
    answer = await create(await enter(client), then="write")
    assert answer.headers["location"] == f"/posts/{(await newest()).id}/edit"


async def test_a_text_that_comes_along_goes_to_review(client: httpx.AsyncClient) -> None:
    await create(await enter(client), body="All of it.")
    assert (await newest()).status == "generated_pending_review"


async def test_the_same_form_sent_twice_makes_one_post(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    page = (await visitor.get("/posts/new")).text
    token = page.split('name="form_token" value="')[1][:36]
    first, second = await create(visitor, form_token=token), await create(visitor, form_token=token)
    assert first.headers["location"] == second.headers["location"] and await count() == 1


async def test_a_new_campaign_is_made_with_its_first_post(client: httpx.AsyncClient) -> None:
    await create(await enter(client), campaign_title="Holiday 2026")
    assert await sql.value("SELECT title FROM campaign WHERE id = $1", (await newest()).campaign) == "Holiday 2026"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": " \u200b "}, "no visible characters"),
        ({"title": ""}, "Write something here."),
        ({"title": "x" * 301}, "301 characters long; 300 fit"),
        ({"brief": "x" * 50_001}, "50,000 fit"),
        ({"on": "2020-01-01"}, "That day has passed."),
        ({"on": "2026-02-30"}, "This date does not exist."),
        ({"on": "tomorrow"}, "Write a date as year-month-day"),
        ({"on": "2027-03-28", "wall": "02:30"}, "02:30 does not exist on 28 March in Berlin. Use 03:30."),
        ({"wall": "09:00"}, "Pick a day for that time."),
        ({"on": TOMORROW, "wall": "24:00"}, "Write a time from 00:00 to 23:59."),
        ({"campaign": "4711"}, "This campaign is gone."),
        ({"campaign": "x"}, "Write a whole number."),
        ({"channels": "one"}, "Write a whole number."),
        ({"then": "launch"}, "Choose one of the options."),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: httpx.AsyncClient, fields: dict[str, str], said: str
) -> None:
    visitor = await enter(client)
    await make_team(zone="Europe/Berlin")
    answer = await create(visitor, campaign_title="Holiday 2026" if "campaign" not in fields else "", **fields)
    assert answer.status_code == 422 and said in answer.text, answer.text[:300]
    typed = {**PLAN, **fields}
    for name in ("title", "keyword", "angle", "on", "wall"):
        value = typed.get(name, "").strip()
        assert f'value="{value}"' in answer.text or value == "\u200b", name
    assert f"{typed['brief']}</textarea>" in answer.text
    assert await count() == 0 and await sql.value("SELECT count(*) FROM campaign") == 0


async def test_a_field_that_the_form_does_not_have_is_422(client: httpx.AsyncClient) -> None:
    assert (await create(await enter(client), status="published", author="1")).status_code == 422
    assert await count() == 0


async def test_a_viewer_plans_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    assert (await visitor.get("/posts/new")).status_code == 403
    assert (await create(visitor)).status_code == 403


async def test_the_day_of_the_calendar_and_the_campaign_are_filled_in(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    page = (await visitor.get(f"/posts/new?on={TOMORROW}&campaign={campaign.id}")).text
    assert f'value="{TOMORROW}"' in page and f'<option value="{campaign.id}" selected>' in page
    assert (await visitor.get("/posts/new?on=%22%3E%3Cscript%3E&campaign=%27")).text.count("<script>") == 0


async def rewrite(visitor: Visitor, post: Post, **fields: Any) -> httpx.Response:
    data = {key: value for key, value in PLAN.items() if key != "then"}
    return await visitor.post(f"/posts/{post.id}/plan", **{**data, "version": post.version, **fields})


async def test_a_plan_is_shown_as_it_is_and_saved_as_it_is_typed(client: httpx.AsyncClient) -> None:
    visitor, channel = await enter(client), await make_channel()
    post = await make_post("to_be_generated", brief="Old words.", channels=[channel])
    page = (await visitor.get(f"/posts/{post.id}/plan")).text
    assert "Old words.</textarea>" in page and f'value="{channel.id}" checked' in page
    assert (await rewrite(visitor, post)).status_code == 303
    await post.refresh()
    assert (post.title, post.brief, post.status) == ("Paper bags", PLAN["brief"], "to_be_generated")
    assert await sql.value("SELECT count(*) FROM post_channel WHERE post = $1", post.id) == 0


async def test_other_channels_void_the_votes_for_the_old_ones(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    channel = await make_channel()
    await sql.run(
        "INSERT INTO approval (post, digest, person) VALUES ($1, sha256('x'), $2)", post.id, visitor.person.id
    )
    await rewrite(visitor, post, channels=str(channel.id))
    assert await sql.value("SELECT count(*) FROM approval WHERE voided_at IS NULL") == 0


async def test_a_plan_that_changed_meanwhile_keeps_what_was_typed(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    await rewrite(visitor, post)
    answer = await rewrite(visitor, post, brief="What I typed.")
    assert answer.status_code == 409 and "What I typed.</textarea>" in answer.text
    assert f'name="version" value="{post.version + 1}"' in answer.text
    assert await sql.value("SELECT brief FROM post WHERE id = $1", post.id) == PLAN["brief"]


async def test_a_plan_form_without_its_version_is_428_with_the_typing_kept(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("to_be_generated")
    answer = await rewrite(visitor, post, version="", brief="What I typed.")
    assert answer.status_code == 428 and "What I typed.</textarea>" in answer.text


async def test_a_writer_plans_only_their_own(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    post = await make_post("to_be_generated", author=await make_person("writer"))
    assert (await visitor.get(f"/posts/{post.id}/plan")).status_code == 403
    answer = await rewrite(visitor, post, campaign_title="Mine")
    assert answer.status_code == 403
    assert await sql.value("SELECT count(*) FROM campaign") == 0, "a refused plan left its campaign behind"


@pytest.mark.parametrize("status", ["generating", "approved", "scheduled", "publishing", "published"])
async def test_a_settled_plan_is_not_opened(client: httpx.AsyncClient, status: str) -> None:
    visitor, post = await enter(client), await make_post(status)
    answer = await visitor.get(f"/posts/{post.id}/plan")
    assert answer.status_code == 409 and "Its plan is settled now." in answer.text
    assert (await rewrite(visitor, post)).status_code == 409


async def test_a_missed_plan_is_rewritten_and_keeps_its_day(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post("missed", planned_on=date(2020, 1, 1))
    assert "Plan again" in (await visitor.get(f"/posts/{post.id}")).text
    assert (await rewrite(visitor, post)).status_code == 303
    await post.refresh()
    assert (post.status, post.planned_on, post.title) == ("missed", date(2020, 1, 1), "Paper bags")
