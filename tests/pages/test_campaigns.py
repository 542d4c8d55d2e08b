"""The campaign pages: the list with derived states, one campaign's grid, its forms, put away and brought back."""

import re
from html import unescape

import httpx
import pytest

from app import sql
from app.flow import approvers, campaigns
from app.pages import campaign_query
from app.tables import Campaign, Post
from tests.makers import make_campaign, make_channel, make_person, make_post, make_team
from tests.pages.counting import statements
from tests.rows import now
from tests.visitors import Visitor, enter


async def shown(visitor: Visitor, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(answer.text))


def row(text: str, id: str) -> str:
    found = re.search(rf'<tr id="{id}".*?</tr>', text)
    assert found, text
    return found[0]


async def inside(campaign: Campaign, *statuses: str, **values: object) -> list[Post]:
    return [await make_post(status, campaign=campaign.id, **values) for status in statuses]  # type: ignore[arg-type]


async def test_the_list_says_state_progress_and_what_goes_out_next(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    campaign = await make_campaign(title="Holiday")
    await inside(campaign, "approved", "scheduled", "generated_pending_review", "rejected")
    line = row(await shown(visitor, "/campaigns"), f"campaign-{campaign.id}")
    assert "Draft, 1 of 3 scheduled" in line and "2 of 3 approved" in line and 'value="2" max="3"' in line
    assert "Next publish" in line and "10:00 (UTC)" in line


async def test_held_publications_are_not_what_goes_out_next(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await inside(campaign, "scheduled")
    await sql.run("UPDATE publication SET held_for = 'freeze', held_at = now()")
    assert "10:00" not in row(await shown(visitor, "/campaigns"), f"campaign-{campaign.id}")


async def test_the_list_costs_as_many_statements_for_one_as_for_many(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    await inside(await make_campaign(), "scheduled")
    few = await statements(monkeypatch, visitor, "/campaigns")
    for _ in range(4):
        await inside(await make_campaign(), "approved", "published")
    assert await statements(monkeypatch, visitor, "/campaigns") == few


async def test_a_page_costs_as_many_statements_for_one_post_as_for_many(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await inside(campaign, "approved")
    paths = [f"/campaigns/{campaign.id}{rest}" for rest in ("", "/review", "/moves/schedule", "/duplicate")]
    few = [await statements(monkeypatch, visitor, path) for path in paths]
    await inside(campaign, *["approved"] * 5, channels=[await make_channel()])
    assert [await statements(monkeypatch, visitor, path) for path in paths] == few


async def test_older_campaigns_are_a_page_further(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_query, "PAGE", 2)
    monkeypatch.setattr(campaign_query, "SEVERAL", campaign_query.SEVERAL.replace("LIMIT 31", "LIMIT 3"))
    visitor = await enter(client)
    made = [await make_campaign(title=f"Campaign {n}") for n in range(3)]
    first = await shown(visitor, "/campaigns")
    older = re.search(r'id="page-next" href="([^"]+)"', first)
    assert older and "Campaign 2" in first and "Campaign 0" not in first
    second = await shown(visitor, older[1])
    assert f'id="campaign-{made[0].id}"' in second and f'id="campaign-{made[1].id}"' not in second


async def test_without_campaigns_it_says_what_they_are_for(client: httpx.AsyncClient) -> None:
    text = await shown(await enter(client, "writer"), "/campaigns")
    assert "A campaign keeps posts with one goal together." in text and 'href="/campaigns/new"' in text
    assert 'href="/campaigns/new"' not in await shown(await enter(client, "viewer"), "/campaigns")


async def test_problems_stand_first_and_every_cell_says_how_it_is(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign(title="Holiday")
    blog, wire = await make_channel("site", name="Blog"), await make_channel("webhook", name="Wire")
    soon = (await inside(campaign, "scheduled", channels=[blog, wire], title="Soon"))[0]
    failed = (await inside(campaign, "publish_failed", channels=[wire], title="Failed"))[0]
    nowhere = (await inside(campaign, "awaiting_user_date", title="Idea"))[0]
    text = await shown(visitor, f"/campaigns/{campaign.id}")
    assert [int(n) for n in re.findall(r'<tr id="row-(\d+)"', text)] == [failed.id, soon.id, nowhere.id]
    assert "One post could not be published. Look at it first." in text and "Error, 0" not in text
    cells = re.findall(r'data-label="(Blog|Wire)">(.*?)</td>', row(text, f"row-{soon.id}"))
    assert [name for name, _ in cells] == ["Blog", "Wire"] and all("10:00" in cell for _, cell in cells)
    assert 'data-label="Blog"' not in row(text, f"row-{failed.id}") and "Failed" in row(text, f"row-{failed.id}")
    assert "Awaiting date" in row(text, f"row-{nowhere.id}")


async def test_the_brief_is_markdown_and_nothing_else(client: httpx.AsyncClient) -> None:
    campaign = await make_campaign(brief="Sell **gifts**. <script>alert(1)</script>")
    text = (await (await enter(client)).get(f"/campaigns/{campaign.id}")).text
    assert "<strong>gifts</strong>" in text and "<script>alert" not in text


@pytest.mark.parametrize(
    ("role", "there", "missing"),
    [
        ("viewer", ("read-through",), ("do-approve", "do-generate", "edit", "plan-many", "archive")),
        ("writer", ("read-through", "do-generate", "edit", "duplicate", "plan-many"), ("do-schedule", "archive")),
        ("editor", ("do-approve", "do-schedule", "do-unschedule", "do-reopen", "do-retry", "archive"), ()),
    ],
)
async def test_everybody_sees_the_buttons_that_are_theirs(
    client: httpx.AsyncClient, role: str, there: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    visitor, campaign = await enter(client, role), await make_campaign()
    await inside(campaign, "to_be_generated", "generated_pending_review", "approved", "scheduled", "publish_failed")
    ids = set(re.findall(r'id="([a-z-]+)" href', await shown(visitor, f"/campaigns/{campaign.id}")))
    assert set(there) <= ids and not ids & set(missing)


async def test_every_link_of_an_editor_leads_somewhere(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    await inside(campaign, "to_be_generated", "generated_pending_review", "approved", "scheduled", "publish_failed")
    text = await shown(visitor, f"/campaigns/{campaign.id}")
    hrefs = {href for href in re.findall(r'href="(/[^"]+)"', text) if "campaign" in href}
    assert len(hrefs) > 8
    for href in hrefs:
        assert (await visitor.get(href)).status_code == 200, href


async def make(visitor: Visitor, **fields: object) -> httpx.Response:
    return await visitor.post("/campaigns", title="Holiday 2026", brief="Gifts.", **fields)


async def test_a_new_campaign_is_made_and_opened(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    once = re.search(r'name="form_token" value="([^"]+)"', (await visitor.get("/campaigns/new")).text)
    assert once
    answer = await make(visitor, mode="team", approvals_needed="2", form_token=once[1])
    row = await Campaign.objects().first()
    assert row is not None and answer.headers["location"] == f"/campaigns/{row.id}"
    assert (row.title, row.brief, row.mode, row.follows_team, row.approvals_needed) == (
        "Holiday 2026", "Gifts.", None, True, 2,
    )  # fmt: skip
    await make(visitor, form_token=once[1])
    assert await Campaign.count() == 1


@pytest.mark.parametrize(("fields", "said"), [({"title": " "}, "Write something here."),
                                              ({"approvals_needed": "12"}, "Write a number from 1 to 9."),
                                              ({"mode": "chaos"}, "Choose one of the options.")])  # fmt: skip
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: httpx.AsyncClient, fields: dict[str, str], said: str
) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/campaigns", **{"title": "Holiday", "brief": "Sell gifts.", "mode": "team", **fields})
    assert answer.status_code == 422 and said in answer.text and "Sell gifts.</textarea>" in answer.text
    assert await Campaign.count() == 0


async def test_a_writer_is_not_asked_what_an_editor_decides(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client, "writer"), await make_campaign(mode="approval", approvals_needed=2)
    page = await shown(visitor, f"/campaigns/{campaign.id}/edit")
    assert 'name="mode"' not in page and 'name="approvals_needed"' not in page
    answer = await visitor.post(f"/campaigns/{campaign.id}/edit", title="New", brief="", version=1)
    fresh = await campaigns.load(campaign.id)
    assert answer.status_code == 303 and (fresh.title, fresh.mode, fresh.approvals_needed) == ("New", "approval", 2)
    answer = await visitor.post(f"/campaigns/{campaign.id}/edit", title="New", mode="autopilot", version=2)
    assert answer.status_code == 403 and (await campaigns.load(campaign.id)).mode == "approval"


async def test_named_people_all_have_to_approve(client: httpx.AsyncClient) -> None:
    visitor, jonas = await enter(client), await make_person("editor", name="Jonas Berg")
    campaign = await make_campaign()
    fields = {"title": "Holiday", "mode": "nothing"}
    await visitor.post(f"/campaigns/{campaign.id}/edit", **fields, version=1, approvers=[jonas.id])
    assert [one.person for one in await approvers.of(campaign.id)] == [jonas.id]
    assert "<dd>Jonas Berg</dd>" in await shown(visitor, f"/campaigns/{campaign.id}")
    page = await shown(visitor, f"/campaigns/{campaign.id}/edit")
    assert re.search(rf'name="approvers" id="f-approvers-{jonas.id}" value="{jonas.id}" checked', page)
    stale = await visitor.post(f"/campaigns/{campaign.id}/edit", **fields, version=1)
    assert stale.status_code == 409 and len(await approvers.of(campaign.id)) == 1
    writer = await enter(client, "writer")
    await writer.post(f"/campaigns/{campaign.id}/edit", title="Holiday", version=2)
    assert len(await approvers.of(campaign.id)) == 1, "a writer's save leaves it as it is"


async def test_a_lost_race_keeps_what_was_typed_and_saves_the_second_time(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign(title="Holiday")
    await visitor.post(f"/campaigns/{campaign.id}/edit", title="Winter", mode="nothing", version=1)
    fields = {"title": "Summer", "brief": "Mine.", "mode": "nothing"}
    answer = await visitor.post(f"/campaigns/{campaign.id}/edit", **fields, version=1)
    assert answer.status_code == 409 and 'value="Summer"' in answer.text and "Mine.</textarea>" in answer.text
    assert 'name="version" value="2"' in answer.text and (await campaigns.load(campaign.id)).title == "Winter"
    assert (await visitor.post(f"/campaigns/{campaign.id}/edit", **fields)).status_code == 428
    assert (await visitor.post(f"/campaigns/{campaign.id}/edit", **fields, version=2)).status_code == 303


async def test_an_archived_campaign_leaves_the_list_and_comes_back(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign(title="Holiday")
    assert "Archive this campaign?" in await shown(visitor, f"/campaigns/{campaign.id}/archive")
    await visitor.post(f"/campaigns/{campaign.id}/archive", name="archive", version=1)
    stale = await visitor.post(f"/campaigns/{campaign.id}/archive", name="unarchive", version=1)
    assert stale.status_code == 409 and "Someone changed this" in stale.text
    assert "Holiday" not in await shown(visitor, "/campaigns")
    assert "Holiday" in await shown(visitor, "/campaigns?archived=1")
    assert "Bring back" in await shown(visitor, f"/campaigns/{campaign.id}")
    await visitor.post(f"/campaigns/{campaign.id}/archive", name="unarchive", version=2)
    assert "Holiday" in await shown(visitor, "/campaigns")


async def test_a_duplicate_shows_the_days_first_and_reports_each_post(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign(title="Holiday")
    post = (await inside(campaign, "to_be_generated", title="Gift guide"))[0]
    page = await shown(visitor, f"/campaigns/{campaign.id}/duplicate")
    once = re.search(r'name="form_token" value="([^"]+)"', page)
    assert once and 'value="Holiday (copy)"' in page
    fields = {"title": "Holiday 2027", "weeks": "52", "form_token": once[1]}
    shows = await visitor.post(f"/campaigns/{campaign.id}/duplicate", **fields, then="show")
    assert shows.status_code == 200 and await Campaign.count() == 1 and str(now().year + 1) in shows.text
    answer = await visitor.post(f"/campaigns/{campaign.id}/duplicate", **fields)
    assert "1 copied." in answer.text and "Gift guide" in answer.text
    copy = await Post.objects().where(Post.id != post.id).first()
    assert copy is not None and (copy.planned_on - post.planned_on).days == 364
    await visitor.post(f"/campaigns/{campaign.id}/duplicate", **fields)
    assert await Campaign.count() == 2 and await Post.count() == 2
    wrong = await visitor.post(f"/campaigns/{campaign.id}/duplicate", **{**fields, "weeks": "-1"})
    assert wrong.status_code == 422 and 'value="Holiday 2027"' in wrong.text


@pytest.mark.parametrize("rest", ["", "/edit", "/archive", "/duplicate", "/review", "/moves/schedule"])
async def test_a_campaign_that_is_not_there_is_404(client: httpx.AsyncClient, rest: str) -> None:
    assert (await (await enter(client)).get(f"/campaigns/4711{rest}")).status_code == 404


async def test_posts_that_are_archived_are_counted_beside_and_not_shown(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    gone = (await inside(campaign, "rejected", archived_at=now(), title="Gone"))[0]
    await inside(campaign, "approved")
    text = await shown(visitor, f"/campaigns/{campaign.id}")
    assert f'id="row-{gone.id}"' not in text and "1 more stands beside" in text


async def test_how_it_is_published_is_said(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await make_team(mode="approval", approvals_needed=2)
    follows, own = await make_campaign(follows_team=True), await make_campaign(approvals_needed=1)
    text = await shown(visitor, f"/campaigns/{follows.id}")
    assert "A post with a future time is scheduled, the team’s mode" in text and "2, the team’s number" in text
    text = await shown(visitor, f"/campaigns/{own.id}")
    assert "Nothing is scheduled" in text and "<dd>1</dd>" in text and "Autopilot" not in text
    loud = await shown(visitor, f"/campaigns/{(await make_campaign(mode='autopilot')).id}")
    assert "Autopilot is on in this campaign" in loud, "autopilot is said loudly"
