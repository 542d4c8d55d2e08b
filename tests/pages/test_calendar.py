"""The calendar: what stands on which day, what may be moved, what is counted, and what it costs."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import httpx
import pytest
from litestar.exceptions import ClientException

from app import facts, sql
from app.lifecycles.post import GROUPS, STATUSES, group
from app.pages.month import month
from app.tables import Post
from tests.makers import make_channel, make_post, make_team
from tests.pages.counting import statements
from tests.rows import now
from tests.visitors import enter

TODAY = date(2026, 11, 20)


def cell(page: httpx.Response, on: date) -> str:
    """One day of the grid."""
    assert page.status_code == 200, page.text
    found = re.search(rf'<li class="day[^"]*" id="d-{on}".*?</li>', page.text, re.DOTALL)
    assert found, on
    return unescape(found[0])


def events(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="ev-(\d+)"', text)]


async def on(day: date, wall: time | None = time(9), status: str = "to_be_generated", **values: object) -> Post:
    """A post planned for that day, in UTC."""
    at = datetime.combine(day, wall, UTC) if wall else None
    return await make_post(status, planned_on=day, planned_time=wall, publish_at=at, **values)  # type: ignore[arg-type]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("written", "first", "last", "weeks"),
    [
        ("2026-11", date(2026, 10, 26), date(2026, 12, 6), 6),
        ("2027-02", date(2027, 2, 1), date(2027, 2, 28), 4),
        ("2028-02-29", date(2028, 1, 31), date(2028, 3, 5), 5),
        ("", date(2026, 10, 26), date(2026, 12, 6), 6),
    ],
)
def test_a_month_is_whole_weeks_from_monday_to_sunday(written: str, first: date, last: date, weeks: int) -> None:
    shown = list(month(written, TODAY).days)
    assert (shown[0], shown[-1], len(shown)) == (first, last, weeks * 7)
    assert shown[0].weekday() == 0 and shown[-1].weekday() == 6


@pytest.mark.pure
@pytest.mark.parametrize(
    "written", ["2026-13", "november", "2026", "1969-12", "2200-01", "2026-11-31", "0001-01", "9999-12"]
)
def test_what_is_no_month_is_refused_with_a_sentence(written: str) -> None:
    with pytest.raises(ClientException) as refused:
        month(written, TODAY)
    assert refused.value.detail.endswith(".")


@pytest.mark.parametrize("query", ["date=2026-13", "group=lost", "channel=x", "channel=0"])
async def test_an_address_that_means_nothing_is_a_400(client: httpx.AsyncClient, query: str) -> None:
    assert (await (await enter(client)).get(f"/calendar?{query}")).status_code == 400


async def test_today_is_the_teams_day_and_not_the_servers(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # UTC+14 and UTC-11: never the same day
        await make_team(zone=zone)
        here = (await sql.value("SELECT now() AT TIME ZONE $1", zone)).date()
        marked = re.findall(r'<li class="day[^"]* today[^"]*" id="d-([\d-]+)"', (await visitor.get("/calendar")).text)
        assert marked == [str(here)]


async def test_a_post_stands_on_its_day_and_time_in_the_teams_zone(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client)
    late, timeless = await on(date(2027, 3, 9), time(23, 30)), await on(date(2027, 3, 9), None)
    page = await visitor.get("/calendar?date=2027-03")
    assert "Berlin time (UTC+1, from 28 Mar UTC+2)" in page.text
    assert events(cell(page, date(2027, 3, 9))) == [timeless.id]
    assert "no time" in cell(page, date(2027, 3, 9))
    assert events(cell(page, date(2027, 3, 10))) == [late.id]
    assert ">00:30</time>" in cell(page, date(2027, 3, 10))


async def test_a_time_that_comes_twice_says_which_one_it_is(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client)
    await on(date(2027, 10, 31), time(0, 30))
    assert ">02:30 UTC+02</time>" in cell(await visitor.get("/calendar?date=2027-10"), date(2027, 10, 31))


async def test_a_published_post_stands_where_it_went_out(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    planned, unplanned = await on(date(2027, 3, 9), status="published"), await make_post("published", planned_on=None)
    for post, at in ((planned, "2027-03-11 17:05Z"), (unplanned, "2027-03-12 08:00Z")):
        await sql.run("UPDATE delivery SET published_at = $2 WHERE post = $1", post.id, datetime.fromisoformat(at))
    page = await visitor.get("/calendar?date=2027-03")
    assert events(cell(page, date(2027, 3, 9))) == []
    assert events(cell(page, date(2027, 3, 11))) == [planned.id] and ">17:05<" in cell(page, date(2027, 3, 11))
    assert events(cell(page, date(2027, 3, 12))) == [unplanned.id]


async def test_cards_are_in_the_order_of_their_time_and_archived_ones_are_not_there(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    day = date(2027, 3, 9)
    posts = [await on(day, wall) for wall in (time(17), None, time(8))]
    await on(day, status="rejected", archived_at=now())
    assert events(cell(await visitor.get("/calendar?date=2027-03"), day)) == [posts[2].id, posts[0].id, posts[1].id]


async def test_four_cards_fit_and_a_fifth_folds_two_behind_the_page_of_the_day(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    day = date(2027, 3, 9)
    posts = [await on(day, time(8 + n)) for n in range(4)]
    page = await visitor.get("/calendar?date=2027-03")
    assert events(cell(page, day)) == [post.id for post in posts] and " more<" not in cell(page, day)
    posts.append(await on(day, time(20), "published"))
    await sql.run("UPDATE delivery SET published_at = '2027-03-09 20:00Z' WHERE post = $1", posts[-1].id)
    page = await visitor.get("/calendar?date=2027-03")
    assert events(cell(page, day)) == [post.id for post in posts[:3]] and "2 more" in cell(page, day)
    link = re.search(r'<a class="more"[^>]*href="([^"]+)"', cell(page, day))
    assert link
    assert events((await visitor.get(link[1])).text) == [post.id for post in posts]


async def test_chips_count_what_the_grid_shows_and_filter_it(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    day, channel = date(2027, 3, 9), await make_channel()
    for n, status in enumerate(status for status in STATUSES if status != "awaiting_user_date"):
        await on(day + timedelta(days=n), status=status, channels=[channel])
    await sql.run("UPDATE delivery SET published_at = '2027-03-20' WHERE status = 'published'")
    await sql.run("UPDATE publication SET held_for = 'freeze', held_at = now() WHERE status = 'scheduled'"
                  " AND post IN (SELECT id FROM post WHERE status = 'scheduled')")  # fmt: skip
    page = await visitor.get("/calendar?date=2027-03")
    known = (await facts.many(events(page.text))).values()
    groups = [group(fact, connected=fact.connected) for fact in known]
    counts = dict(re.findall(r'id="chip-(\w+)"[^>]*>.*? <b>(\d+)</b>', page.text))
    assert counts == {"all": "14", **{name: str(groups.count(name)) for name in GROUPS}}
    for name in GROUPS:
        filtered = await visitor.get(f"/calendar?date=2027-03&group={name}")
        assert len(events(filtered.text)) == groups.count(name), name
        assert f"<b>{groups.count(name)}</b>" in filtered.text


async def test_the_channel_filter_keeps_what_goes_there(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    one, other = await make_channel(name="Shop feed"), await make_channel()
    wanted = await on(date(2027, 3, 9), channels=[one, other])
    await on(date(2027, 3, 9), channels=[other])
    page = await visitor.get(f"/calendar?date=2027-03&channel={one.id}")
    assert events(page.text) == [wanted.id]
    assert 'id="chip-all"' in page.text and "All <b>1</b>" in page.text
    assert "<span>Shop feed</span></summary>" in page.text


async def test_neighbours_and_today_keep_the_filters_and_have_their_keys(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    text = unescape((await visitor.get("/calendar?date=2027-01&group=ready")).text)
    for key, href in (("[", "?date=2026-12&group=ready"), ("]", "?date=2027-02&group=ready"), ("t", "?group=ready")):
        assert re.search(rf'href="/calendar{re.escape(href)}"[^>]*data-key="{re.escape(key)}"', text), key


async def test_ideas_without_a_date_wait_in_the_tray(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    idea = await make_post("awaiting_user_date", title="Kigali")
    text = (await visitor.get("/calendar")).text
    assert f'href="/posts/{idea.id}/time?back=%2Fcalendar"' in text and 'aria-label="Pick date for Kigali"' in text
    assert "1 idea, not written" in text
    assert events(text) == []
    assert f"/posts/{idea.id}/time" not in (await (await enter(client, "viewer")).get("/calendar")).text


@pytest.mark.parametrize(
    ("status", "role", "move"),
    [
        ("scheduled", "editor", True), ("scheduled", "writer", False), ("to_be_generated", "editor", True),
        ("to_be_generated", "writer", False), ("generated_pending_review", "editor", True),
        ("modified_pending_review", "viewer", False), ("approved", "editor", True), ("approved", "writer", False),
        ("published", "admin", False), ("publishing", "admin", False), ("missed", "admin", False),
        ("rejected", "admin", False),
        ("generating", "admin", False), ("unpublished", "admin", False), ("publish_failed", "admin", False),
    ],
)  # fmt: skip
async def test_only_what_this_person_may_move_has_a_move_button(
    client: httpx.AsyncClient, status: str, role: str, move: bool
) -> None:
    visitor = await enter(client, role)
    post = await on(date(2027, 3, 9), status=status)
    await sql.run("UPDATE delivery SET published_at = '2027-03-09' WHERE status = 'published'")
    text = (await visitor.get("/calendar?date=2027-03")).text
    assert (f'href="/posts/{post.id}/time?back=%2Fcalendar%3Fdate%3D2027-03"' in text) is move
    assert (f'draggable="true" data-move="/posts/{post.id}/time" data-version="{post.version}"' in text) is move


async def test_a_writer_moves_what_is_their_own(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    post = await on(date(2027, 3, 9), author=visitor.person)
    assert f"/posts/{post.id}/time" in (await visitor.get("/calendar?date=2027-03")).text


async def test_a_broken_channel_is_said_above_and_on_what_it_endangers(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await sql.run("INSERT INTO beat (worker, kind) VALUES ('w', 'worker')")
    broken = await make_channel(name="Wire", broken_kind="expired_token", broken_at=now())
    await on(date(2027, 3, 9), status="scheduled", channels=[broken])
    await on(date(2027, 3, 10), status="published", channels=[broken])
    text = (await visitor.get("/calendar?date=2027-03")).text
    assert "Wire says the sign-in has expired." in text and f'href="/channels/{broken.id}"' in text
    assert text.count('title="Will not publish: Wire: the sign-in has expired."') == text.count('class="risk"') == 1


async def test_past_days_fold_on_a_phone_only_in_this_month_and_unfold(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    today = (await sql.value("SELECT now()")).date()
    await on(today)
    yesterday = today - timedelta(days=1)
    await on(yesterday)
    page = await visitor.get("/calendar")
    assert " past" not in cell(page, today)
    if f'id="d-{yesterday}"' in page.text:  # on a month's first Monday it is not on the grid
        assert " past" in cell(page, yesterday)
        unfold = re.search(r'id="unfold" href="([^"]+)"', unescape(page.text))
        assert unfold and " past" not in cell(await visitor.get(unfold[1]), yesterday)
    other = await visitor.get("/calendar?date=2020-01")
    assert " past" not in other.text


async def test_an_empty_month_says_so_with_one_button(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "writer")
    assert "No posts this month." in (await visitor.get("/calendar?date=2031-01")).text
    filtered = await visitor.get("/calendar?date=2031-01&group=ready")
    assert re.search(r'href="/calendar\?date=2031-01">Clear filters', filtered.text)
    viewer = (await (await enter(client, "viewer")).get("/calendar?date=2031-01")).text
    assert "No posts this month." in viewer and "/posts/new" not in viewer


async def test_what_a_month_costs_does_not_grow_with_its_posts(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    assert await statements(monkeypatch, visitor, "/calendar?date=2027-03") <= 5
    channels, costs = [await make_channel(), await make_channel("sandbox")], []
    for week in (0, 14):
        for n, status in enumerate(STATUSES):
            day = None if status == "awaiting_user_date" else date(2027, 3, 1) + timedelta(days=week + n)
            await make_post(status, channels=channels, planned_on=day)
        costs.append(await statements(monkeypatch, visitor, "/calendar?date=2027-03"))
    assert costs[0] == costs[1] <= 10  # five of them are the forecast's
