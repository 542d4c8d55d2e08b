"""The page after a restore: what came due, what is unclear, what goes out later, and a way on for each."""

import re

import httpx
import pytest
from playwright.async_api import Browser

from app import sql
from app.flow import restored
from tests.browsing import DESK, SMALL, opened, sideways, violations
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import of, only, queued, rehearsal, somebody, soon, statuses, webhook, work
from tests.makers import make_channel, make_person, make_post
from tests.pages.counting import statements
from tests.platforms.receiver import Receiver
from tests.rows import now
from tests.visitors import Visitor, enter

__all__ = ["impatient", "receiver", "rehearsals", "team"]
RESTORED = "/restored"


async def after_a_restore(client: httpx.AsyncClient, role: str = "editor") -> Visitor:
    await restored.settle(now(hours=-3))
    return await enter(client, role)


async def test_a_desk_that_was_never_restored_says_so(client: httpx.AsyncClient) -> None:
    page = await (await enter(client)).get(RESTORED)
    assert page.status_code == 200 and "never restored" in page.text


async def test_every_kind_is_listed_with_its_ways_on(receiver: Receiver, client: httpx.AsyncClient) -> None:
    held = await queued(await webhook(receiver))
    unclear = await make_post("publishing", channels=[await make_channel()])
    later = await work(await queued(await webhook(receiver), at=soon()))
    visitor = await after_a_restore(client)
    page = (await visitor.get(RESTORED)).text
    delivery, way = (await only(held)).id, f"/posts/{held.id}/moves"
    for href in (f"{way}/publish_now", f"{way}/reschedule", f"{way}/unschedule"):
        assert f'href="{href}"' in page
        assert (await visitor.get(href)).status_code == 200
    assert f'href="/restored/deliveries/{delivery}/live"' in page
    doubted = (await only(unclear)).id
    for name in ("confirm", "deny"):
        assert f'href="/deliveries/{doubted}/moves/{name}"' in page
        assert (await visitor.get(f"/deliveries/{doubted}/moves/{name}")).status_code == 200
    assert f'href="/posts/{later.id}/moves/unschedule"' in page[page.index('id="restored-coming"') :]


async def test_a_viewer_sees_the_list_and_no_button(receiver: Receiver, client: httpx.AsyncClient) -> None:
    post = await queued(await webhook(receiver))
    visitor = await after_a_restore(client, "viewer")
    page = (await visitor.get(RESTORED)).text
    assert f'id="held-{post.id}"' in page
    assert "/moves/publish_now" not in page and "/live" not in page
    delivery = (await only(post)).id
    for path in ("check", f"deliveries/{delivery}/check", f"deliveries/{delivery}/live"):
        assert (await visitor.post(f"{RESTORED}/{path}")).status_code == 403
    assert await statuses(post) == ["pending"]


async def test_it_is_live_takes_the_address_and_nothing_is_sent(receiver: Receiver, client: httpx.AsyncClient) -> None:
    post = await queued(await webhook(receiver))
    visitor = await after_a_restore(client)
    row = await only(post)
    form = _form((await visitor.get(f"{RESTORED}/deliveries/{row.id}/live")).text)
    answer = await visitor.post(f"{RESTORED}/deliveries/{row.id}/live", url="https://example.com/tides", **form)
    assert (answer.status_code, answer.headers["location"]) == (303, RESTORED)
    fresh = await only(post)
    assert (fresh.status, fresh.remote_url) == ("published", "https://example.com/tides")
    assert receiver.requests() == []
    assert "Everything is decided." in (await visitor.get(RESTORED)).text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"version": "1", "url": "javascript:alert(1)"}, 422, "beginning with https://"),
        ({"url": "https://example.com/"}, 428, "did not say what it saw"),
        ({"version": "99"}, 409, "Someone changed this"),
    ],
)
async def test_what_cannot_be_taken_is_said(
    receiver: Receiver, client: httpx.AsyncClient, fields: dict[str, str], status: int, said: str
) -> None:
    post = await queued(await webhook(receiver))
    visitor = await after_a_restore(client)
    answer = await visitor.post(f"{RESTORED}/deliveries/{(await only(post)).id}/live", **fields)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert await statuses(post) == ["pending"]


async def test_a_delivery_that_is_gone_or_decided_is_said(client: httpx.AsyncClient) -> None:
    visitor = await after_a_restore(client)
    assert (await visitor.post(f"{RESTORED}/deliveries/77/check")).status_code == 409


async def test_a_check_says_what_was_seen_and_the_row_keeps_it(receiver: Receiver, client: httpx.AsyncClient) -> None:
    post = await queued(await rehearsal(receiver, "lookup"))
    visitor = await after_a_restore(client)
    delivery = (await only(post)).id
    assert f'id="check-{delivery}"' in (await visitor.get(RESTORED)).text
    await visitor.post(f"{RESTORED}/deliveries/{delivery}/check")
    page = (await visitor.get(RESTORED)).text
    assert page.count("It is not there.") == 2
    assert "It is not there." in (await visitor.get(RESTORED)).text
    assert await statuses(post) == ["pending"]


async def test_check_all_asks_only_platforms_that_can_say(receiver: Receiver, client: httpx.AsyncClient) -> None:
    await queued(await rehearsal(receiver, "lookup"))
    await queued(await rehearsal(receiver, "lookup"))
    await queued(await webhook(receiver))
    visitor = await after_a_restore(client)
    await visitor.post(f"{RESTORED}/check")
    assert "2 checked: 0 are there, 2 are not, 0 unclear." in (await visitor.get(RESTORED)).text
    assert {request["method"] for request in receiver.requests()} == {"GET"}


async def test_the_list_takes_the_same_queries_however_long_it_is(
    receiver: Receiver, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = await webhook(receiver)
    await queued(channel)
    visitor = await after_a_restore(client)
    short = await statements(monkeypatch, visitor, RESTORED)
    for _ in range(3):
        await queued(channel)
    await restored.settle(now(hours=-3))
    assert await statements(monkeypatch, visitor, RESTORED) == short
    assert len(re.findall(r'id="held-\d+"', (await visitor.get(RESTORED)).text)) == 4


async def test_asking_about_what_is_decided_shows_the_list(receiver: Receiver, client: httpx.AsyncClient) -> None:
    post = await queued(await webhook(receiver))
    visitor = await after_a_restore(client)
    row = await only(post)
    await restored.it_is_live(row.id, "", version=row.version, by=await somebody())
    answer = await visitor.get(f"{RESTORED}/deliveries/{row.id}/live")
    assert answer.status_code == 409 and "decided this already" in answer.text


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [SMALL, DESK])
async def test_both_pages_work_in_a_browser(
    receiver: Receiver, browser: Browser, address: str, width: int, scripts: bool
) -> None:
    post = await queued(await rehearsal(receiver, "lookup"), await webhook(receiver))
    await make_post("publishing", channels=[await make_channel()])
    await restored.settle(now(hours=-3))
    admin = await make_person("admin")
    async with opened(browser, address, admin, width=width, scripts=scripts) as page:
        for path in (RESTORED, "/settings/freeze"):
            await page.goto(path)
            if scripts:
                assert await sideways(page) == 0 and await violations(page) == []
        await page.goto(RESTORED)
        for delivery in await of(post):
            await page.click(f"#live-{delivery.id}")
            await page.fill("#f-url", "https://example.com/tides")
            await page.click("#live-yes")
            await page.wait_for_url("**/restored")
        await page.goto("/settings/freeze")
        await page.click("#freeze-lift")
        await page.wait_for_selector("#freeze-stop")
    assert await statuses(post) == ["published", "published"]
    assert await sql.value("SELECT frozen_at IS NULL FROM team")


def _form(page: str) -> dict[str, str]:
    """The version that the question carries."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return {"version": found[1]}
