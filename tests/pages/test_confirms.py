"""Every question that any button can ask, in every situation where it is offered."""

import httpx
import pytest

from app import facts as fact_sheet
from app.lifecycles import offers
from app.lifecycles.machine import By
from app.pages.confirms import BESIDE, known
from app.pages.consequences import SENTENCES
from app.tables import Delivery, Publication
from tests.lifecycles.expected import PEOPLE
from tests.makers import make_channel, make_person, make_post
from tests.pages.situations import SITUATIONS, Situation, authored
from tests.rows import now
from tests.visitors import enter

ADMIN = PEOPLE[-1]
PLACES = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.words)


@PLACES
async def test_every_offered_move_has_a_page_that_says_what_it_does(
    client: httpx.AsyncClient, situation: Situation
) -> None:
    visitor = await enter(client, "admin")
    post = await authored(situation, ADMIN, visitor.person, await make_person("admin"))
    by = By("person", person=visitor.person.id, role="admin")
    for offer in offers.open_offers(await fact_sheet.of(post.id), by):
        answer = await visitor.get(f"/posts/{post.id}/moves/{offer.name}")
        assert answer.status_code == 200, offer.name
        assert f'id="confirm-{offer.name}"' in answer.text and "<h1" in answer.text, offer.name
        inside = await visitor.get(f"/posts/{post.id}/moves/{offer.name}", headers={"HX-Request": "true"})
        assert inside.status_code == 200 and "<html" not in inside.text and "<h2" in inside.text


@PLACES
async def test_plain_links_beside_the_table_have_their_page_too(
    client: httpx.AsyncClient, situation: Situation
) -> None:
    visitor = await enter(client, "admin")
    post = await authored(situation, ADMIN, visitor.person, await make_person("admin"))
    page = (await visitor.get(f"/posts/{post.id}")).text
    for name in BESIDE:
        if f'href="/posts/{post.id}/moves/{name}' in page:
            assert (await visitor.get(f"/posts/{post.id}/moves/{name}")).status_code == 200, name


def test_every_name_that_can_be_asked_has_its_sentences() -> None:
    names = set(SENTENCES)
    assert all(known(name) for name in names)
    offered = {chain.name for chain in offers.CHAINS} - set(offers.FROM_A_PAGE)
    assert offered <= names and BESIDE.keys() <= names


async def test_sending_names_channels_and_zone(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    channels = [await make_channel(name="Blog"), await make_channel(name="Partner")]
    post = await make_post("approved", channels=channels, zone="Europe/Berlin")
    page = (await visitor.get(f"/posts/{post.id}/moves/schedule")).text
    assert "It goes out on Blog and Partner on the day and at the time below (Berlin time)." in page
    assert "Day and time (Berlin)" in page
    page = (await visitor.get(f"/posts/{post.id}/moves/publish_now")).text
    assert "It goes out on Blog and Partner now: as soon as a worker is free" in page


async def test_taking_back_names_the_time_it_had_and_who_is_asked_first(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post("scheduled", channels=[await make_channel(name="Blog")], zone="UTC")
    page = (await visitor.get(f"/posts/{post.id}/moves/unschedule")).text
    assert "It was to go out tomorrow, 10:00 (UTC) on Blog." in page and "Keep scheduled" in page
    assert "to cancel it first" not in page
    await Delivery.update({Delivery.status: "handed_off", Delivery.next_at: now(hours=1)}, force=True)
    page = (await visitor.get(f"/posts/{post.id}/moves/unschedule")).text
    assert "We will ask Blog to cancel it first." in page


async def test_a_retry_says_what_it_leaves_out(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post(
        "publish_failed", channels=[await make_channel(name="Blog"), await make_channel(name="Hook")]
    )
    blog = (await Delivery.objects().order_by(Delivery.id))[0]
    seal = (await Publication.objects().get(Publication.post == post.id)).seal
    live = {
        Delivery.status: "published", Delivery.error_kind: None, Delivery.error_note: None, Delivery.live_seal: seal,
        Delivery.published_at: now(),
    }  # fmt: skip
    await Delivery.update(live).where(Delivery.id == blog.id)
    page = (await visitor.get(f"/posts/{post.id}/moves/publish_now")).text
    assert "It goes out on Hook now" in page and "Already live and not sent again: Blog." in page


async def test_a_name_that_no_button_has_is_404(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    for name in ("launch", "complete", "text_ready"):
        assert (await visitor.get(f"/posts/{post.id}/moves/{name}")).status_code == 404
