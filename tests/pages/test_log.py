"""The publishing log: one row per domain event, attempts inside, filters in the address, pages by key."""

import re
from typing import Any

import httpx
import pytest

from app import sql
from app.audit import record
from app.flow import settled
from app.lifecycles.machine import PLATFORM, WORKER, By
from app.moves import move
from app.platforms.contract import Published
from app.tables import Channel, Delivery, PostChannel, Publication
from tests.makers import make_attempt, make_channel, make_delivery, make_person, make_post, make_team
from tests.pages.counting import statements
from tests.rows import now
from tests.visitors import enter


async def make_sent(channel: Channel | None = None, status: str = "sending", title: str = "Tides") -> Delivery:
    """A delivery on its way, with nothing yet in the log."""
    channel = channel or await make_channel(name="Our site")
    post = await make_post("publishing" if status == "sending" else "scheduled", channels=[], title=title)
    await PostChannel(post=post.id, channel=channel.id).save()
    run = await Publication.objects().get(Publication.post == post.id)
    assert run
    return await make_delivery(run, channel, status)


async def make_published(title: str = "Tides", channel: Channel | None = None) -> Delivery:
    delivery = await make_sent(channel, title=title)
    await sql.run("UPDATE attempt SET ended_at = now(), outcome = 'published', http_status = 201")
    await settled.confirm(delivery, Published("1", "https://example.com/1"), by=WORKER)
    return delivery


async def told(delivery: Delivery, name: str, **facts: Any) -> None:
    await record("publication", delivery.publication, name, by=WORKER, post=delivery.post, **facts)


async def make_event(delivery: Delivery, name: str, by: By) -> None:
    """The event of a publication's beginning, as moves.begin writes it."""
    await record("publication", delivery.publication, name, by=by, post=delivery.post)


def labels(page: httpx.Response) -> list[str]:
    """The pills of the log, top down."""
    return re.findall(r'<span class="pill sm g-\w+">.*?</svg>([^<]+)</span>', page.text)


async def test_an_empty_log_says_so(client: httpx.AsyncClient) -> None:
    shown = await (await enter(client)).get("/log")
    assert shown.status_code == 200 and "Nothing has been sent yet" in shown.text


async def test_what_was_published_stands_under_its_day_with_its_post(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    delivery = await make_published()
    shown = await (await enter(client)).get("/log")
    assert labels(shown) == ["Published"]
    assert 'class="logday">Today, ' in shown.text
    assert f'href="/posts/{delivery.post}">Tides</a>' in shown.text
    assert "Berlin time" in shown.text and "Our site" in shown.text


async def test_queued_and_scheduled_are_told_apart(client: httpx.AsyncClient) -> None:
    person = await make_person("editor", name="Nina Lorenz")
    by = By("person", person=person.id, role="editor")
    later, soon = await make_sent(status="pending", title="Ebb"), await make_sent(status="pending", title="Flood")
    await sql.run("UPDATE publication SET due_at = NULL WHERE id = $1", soon.publication)
    for delivery in (later, soon):
        await make_event(delivery, "create", by)
    shown = await (await enter(client)).get("/log")
    assert labels(shown) == ["Queued", "Scheduled"]
    assert re.search(r"Our site for tomorrow, 10:00 \(UTC\), by Nina Lorenz\.", shown.text)


async def test_a_retry_names_who_did_it(client: httpx.AsyncClient) -> None:
    person = await make_person("editor", name="Nina Lorenz")
    delivery = await make_sent(status="pending")
    await sql.run(
        "INSERT INTO event (about, about_id, post, move, from_status, to_status, by_kind, person) VALUES"
        " ('post', $1, $1, 'publish_now', 'publish_failed', 'scheduled', 'person', $2),"
        " ('publication', $3, $1, 'create', NULL, NULL, 'person', $2)",
        delivery.post, person.id, delivery.publication,
    )  # fmt: skip
    shown = await (await enter(client)).get("/log")
    assert labels(shown) == ["Retried"] and "by Nina Lorenz" in shown.text


async def test_every_domain_event_has_its_word(client: httpx.AsyncClient) -> None:
    await make_team()
    failed, lost, gone = [await make_sent() for _ in range(3)]
    await settled.refuse(failed, "content_rejected", "Too <long>.", by=WORKER)
    await settled.lose(lost, "No answer came.", by=WORKER)
    await settled.confirm(gone, Published("1", "https://example.com/1"), by=WORKER)
    gone = await Delivery.objects().get(Delivery.id == gone.id)  # type: ignore[assignment]
    await move(gone, "withdraw", by=PLATFORM, values={Delivery.removed_at: now()})
    held = await make_sent(status="pending")
    await told(held, "hold", note="late")
    await told(held, "cancel")
    shown = await (await enter(client)).get("/log")
    assert labels(shown) == ["Canceled", "Held", "Taken down", "Published", "Not confirmed", "Failed"]
    assert "Too &lt;long&gt;." in shown.text and "Found too late to go out by itself." in shown.text
    assert "by the platform" in shown.text


async def test_what_is_no_domain_event_is_not_in_the_log(client: httpx.AsyncClient) -> None:
    delivery = await make_sent()
    await settled.retry(delivery, now(minutes=1), "rate_limited", "Slow down.", by=WORKER)
    await record("delivery", delivery.id, "report_live", by=PLATFORM, post=delivery.post)
    await record("channel", 1, "connect", by=WORKER)
    assert labels(await (await enter(client)).get("/log")) == []


async def test_attempts_fold_open_inside_their_delivery(client: httpx.AsyncClient) -> None:
    delivery = await make_published()
    await sql.run(
        "UPDATE attempt SET answer = $1, why = 'It took long.', next_action = 'live', late_answer = 'refused 409'",
        "<b>ok</b>",
    )
    late = await make_attempt(delivery, "removed", intent="remove", opened_at=now(hours=1))
    shown = (await (await enter(client)).get("/log")).text
    assert "1. Publish: live, 201" in shown and "<code>&lt;b&gt;ok&lt;/b&gt;</code>" in shown
    assert "It took long." in shown and "Next: live." in shown and "A late answer came: refused 409" in shown
    assert "1 attempt<" in shown and f"{late.number}. Take down" not in shown, "what came later is not its story"


async def test_an_open_attempt_is_seen_under_what_was_queued(client: httpx.AsyncClient) -> None:
    delivery = await make_sent()
    await make_event(delivery, "create", WORKER)
    shown = (await (await enter(client)).get("/log")).text
    assert "1. Publish: waiting for the answer" in shown and "since " in shown


@pytest.mark.parametrize(
    ("outcome", "seen"),
    [("published", ["Published"]), ("failed", ["Failed"]), ("held", []), ("nonsense", ["Failed", "Published"])],
)
async def test_outcomes_are_filtered_in_the_address(client: httpx.AsyncClient, outcome: str, seen: list[str]) -> None:
    await make_team()
    await make_published()
    await settled.refuse(await make_sent(), "unexpected", "No.", by=WORKER)
    shown = await (await enter(client)).get(f"/log?outcome={outcome}")
    assert labels(shown) == seen
    if not seen:
        assert "Nothing matches these filters" in shown.text


async def test_one_channel_shows_its_own_events_and_its_publications(client: httpx.AsyncClient) -> None:
    await make_team()
    mine, other = await make_channel(name="Mine"), await make_channel(name="Other")
    first, second = await make_published("Ebb", mine), await make_published("Flood", other)
    for delivery in (first, second):
        await make_event(delivery, "create", WORKER)
    shown = await (await enter(client)).get(f"/log?channel={mine.id}")
    assert len(labels(shown)) == 2 and "Ebb" in shown.text and "Flood" not in shown.text
    assert f'value="{mine.id}" selected' in shown.text


async def test_a_day_is_the_teams_day(client: httpx.AsyncClient) -> None:
    await make_team(zone="Pacific/Auckland")
    for title, at in (("Ebb", "2026-03-01T10:59:00Z"), ("Flood", "2026-03-01T11:01:00Z")):
        delivery = await make_sent(title=title)
        await sql.run(
            "INSERT INTO event (at, about, about_id, post, move, by_kind) VALUES ($1::text::timestamptz, 'delivery',"
            " $2, $3, 'confirm', 'worker')",
            at, delivery.id, delivery.post,
        )  # fmt: skip
    visitor = await enter(client)
    shown = (await visitor.get("/log?date=2026-03-02")).text
    assert "Flood" in shown and "Ebb" not in shown and "Monday 2 March 2026" in shown and "00:01" in shown
    assert "Ebb" in (await visitor.get("/log?date=2026-03-01")).text


@pytest.mark.parametrize(
    "query",
    [
        "channel=x", "channel=999999999999999999", "channel=" + "9" * 40, "date=2026-02-30", "date=9999-12-31",
        "date=0001-01-01", "before=-1", "before=x", "outcome=%00", "channel=%D9%A3", "date=20260101",
    ],
)  # fmt: skip
async def test_a_filter_that_makes_no_sense_breaks_nothing(client: httpx.AsyncClient, query: str) -> None:
    await make_published()
    assert (await (await enter(client)).get(f"/log?{query}")).status_code == 200


async def test_the_log_has_pages_that_do_not_slip(client: httpx.AsyncClient) -> None:
    await make_team()
    delivery = await make_published("Oldest")
    for _ in range(50):
        await told(delivery, "hold", note="late")
    visitor = await enter(client)
    first = await visitor.get("/log?outcome=")
    assert labels(first) == ["Held"] * 50
    older = re.search(r'href="(/log\?[^"]+)" rel="next"', first.text)
    assert older
    await told(delivery, "hold", note="late")
    second = await visitor.get(older[1].replace("&amp;", "&"))
    assert labels(second) == ["Published"] and 'rel="next"' not in second.text


async def test_filters_stay_on_the_next_page(client: httpx.AsyncClient) -> None:
    await make_team()
    delivery = await make_sent()
    for _ in range(51):
        await told(delivery, "hold", note="late")
    shown = (await (await enter(client)).get("/log?outcome=held")).text
    assert re.search(r'href="/log\?outcome=held&amp;before=\d+" rel="next"', shown)


@pytest.mark.parametrize(
    ("seconds", "said", "group"),
    [
        (12, r"Publisher seen 1[2-4] s ago", "g-live"),
        (200, r"The publisher has not been seen for 3 min\.", "g-problem"),
        (None, r"No publisher has been seen yet\.", "g-problem"),
    ],
)
async def test_the_heartbeat_stands_on_top(
    client: httpx.AsyncClient, seconds: int | None, said: str, group: str
) -> None:
    if seconds is not None:
        await sql.run(
            "INSERT INTO beat (worker, kind, seen_at) VALUES ('w:1', 'worker', now() - make_interval(secs => $1))",
            seconds,
        )
    shown = (await (await enter(client)).get("/log")).text
    assert re.search(rf'class="beat {group}" id="beat">{said}', shown)


async def test_the_log_costs_the_same_however_long_it_is(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    costs = []
    for amount in (1, 6):
        for _ in range(amount):
            await make_event(await make_published(), "create", WORKER)
        costs.append(await statements(monkeypatch, visitor, "/log"))
    assert costs[0] == costs[1] > 0


async def test_a_viewer_reads_it_and_a_stranger_does_not(client: httpx.AsyncClient) -> None:
    assert (await client.get("/log")).headers["location"] == "/sign-in?next=/log"
    assert (await (await enter(client, "viewer")).get("/log")).status_code == 200
