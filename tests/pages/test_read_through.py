"""The read-through: every text in order, each approved in place exactly as it was shown."""

import re
from html import unescape

import httpx
import pytest

from app import seals, sql
from app.tables import Campaign, Post
from tests.flow.stage import status
from tests.makers import make_campaign, make_channel, make_media, make_picture, make_post, make_revision
from tests.rows import now
from tests.visitors import Visitor, enter


async def waiting(campaign: Campaign, **values: object) -> Post:
    usual = {"channels": [await make_channel()], "campaign": campaign.id}
    return await make_post("generated_pending_review", **{**usual, **values})  # type: ignore[arg-type]


def article(text: str, post: Post) -> str:
    found = re.search(rf'<article class="card-box" id="read-{post.id}".*?</article>', text, re.DOTALL)
    assert found, text
    return unescape(found[0])


async def vote(visitor: Visitor, campaign: Campaign, text: str, post: Post, **headers: str) -> httpx.Response:
    """Send the form of that article."""
    form = article(text, post)
    fields = dict(re.findall(r'name="(post|version|digest)" value="([^"]*)"', form))
    data = {"csrf_token": visitor.csrf, **fields}
    return await visitor.client.post(f"/campaigns/{campaign.id}/review", data=data, headers=headers)


async def test_all_texts_stand_in_the_order_of_their_days(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client, "viewer"), await make_campaign()
    later = await waiting(campaign, planned_on=now(days=9).date(), title="Later")
    sooner = await waiting(campaign, planned_on=now(days=2).date(), title="Sooner")
    undated = await make_post("approved", campaign=campaign.id, planned_on=None)
    await make_post("to_be_generated", campaign=campaign.id)
    await make_post("rejected", campaign=campaign.id)
    text = (await visitor.get(f"/campaigns/{campaign.id}/review")).text
    shown = [int(n) for n in re.findall(r'<article class="card-box" id="read-(\d+)"', text)]
    assert shown == [sooner.id, later.id, undated.id] and "1 post is not written yet" in text
    assert "Tides come twice a day." in article(text, sooner) and "approve" not in article(text, sooner).lower()


async def test_an_approval_in_place_answers_with_that_article_alone(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    post = await waiting(campaign)
    text = (await visitor.get(f"/campaigns/{campaign.id}/review")).text
    answer = await vote(visitor, campaign, text, post, **{"hx-request": "true"})
    assert answer.status_code == 200 and "<html" not in answer.text and "toast" in answer.headers["hx-trigger"]
    assert "Approved" in article(answer.text, post) and f"read-{post.id}-approve" not in answer.text
    assert await status(post) == "approved"


async def test_without_scripts_it_comes_back_to_the_article(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    post = await waiting(campaign)
    text = (await visitor.get(f"/campaigns/{campaign.id}/review")).text
    answer = await vote(visitor, campaign, text, post)
    assert answer.headers["location"] == f"/campaigns/{campaign.id}/review#read-{post.id}"


@pytest.mark.parametrize("headers", [{"hx-request": "true"}, {}])
async def test_a_text_that_changed_since_is_not_approved(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    post = await waiting(campaign)
    text = (await visitor.get(f"/campaigns/{campaign.id}/review")).text
    await make_revision(post, body="Something else entirely.")
    answer = await vote(visitor, campaign, text, post, **headers)
    assert answer.status_code == 409 and await status(post) == "generated_pending_review"
    assert "Something else entirely." in answer.text
    said = answer.headers.get("hx-trigger", answer.text)
    assert "The text changed after you opened it" in said


async def test_what_the_article_shows_is_what_is_sealed(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    post = await waiting(campaign)
    text = (await visitor.get(f"/campaigns/{campaign.id}/review")).text
    assert (await seals.sealable(post.id)).digest.hex() in article(text, post)
    await vote(visitor, campaign, text, post)
    assert await sql.value("SELECT count(*) FROM seal WHERE post = $1 AND voided_at IS NULL", post.id) == 1


async def test_a_channels_own_text_and_the_pictures_are_read_too(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    social = await make_channel("sandbox", name="Social", settings={"plays": "keyed"})
    post = await make_post("generated_pending_review", campaign=campaign.id, channels=[social])
    revision = await make_revision(post)
    await make_picture(revision, await make_media(post), alt="A lighthouse")
    shown = article((await visitor.get(f"/campaigns/{campaign.id}/review")).text, post)
    assert 'alt="A lighthouse"' in shown and "Social" in shown


async def test_a_closed_approval_says_why(client: httpx.AsyncClient) -> None:
    visitor, campaign = await enter(client), await make_campaign()
    post = await waiting(campaign)
    await make_revision(post, body="There is a gap: [write: the price].", gaps=1)
    shown = article((await visitor.get(f"/campaigns/{campaign.id}/review")).text, post)
    assert f"read-{post.id}-approve" not in shown and "<mark>[write: the price]</mark>" in shown
    assert "muted" in shown


async def test_a_post_of_another_campaign_is_not_approved_here(client: httpx.AsyncClient) -> None:
    visitor, campaign, other = await enter(client), await make_campaign(), await make_campaign()
    post = await waiting(campaign)
    text = (await visitor.get(f"/campaigns/{campaign.id}/review")).text
    assert (await vote(visitor, other, text, post)).status_code == 404
    assert await status(post) == "generated_pending_review"


async def test_a_writer_reads_and_does_not_approve(client: httpx.AsyncClient) -> None:
    campaign = await make_campaign()
    post = await waiting(campaign)
    text = (await (await enter(client)).get(f"/campaigns/{campaign.id}/review")).text
    writer = await enter(client, "writer")
    assert (await vote(writer, campaign, text, post)).status_code == 403
    assert "Schedule all" not in (await writer.get(f"/campaigns/{campaign.id}/review")).text
