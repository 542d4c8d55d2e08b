"""The calendar's other views: the week's half hours, the list of four weeks, one day, bars, and what they keep."""

import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

import httpx
import pytest
from litestar.exceptions import ClientException

from app import sql
from app.atomic import atomic
from app.lifecycles.statuses import PostStatus, listed
from app.pages import calendar_query
from app.pages.calendar_spans import span
from app.pages.calendar_week import _turn, open_hours
from app.pages.glance import BEGINNING
from tests.makers import make_campaign, make_channel, make_team
from tests.pages.counting import statements
from tests.pages.test_calendar import events, on
from tests.test_static import KB, zipped
from tests.visitors import Visitor, enter

TODAY = date(2026, 11, 20)
WEEK, MONDAY = "/calendar?view=week&date=2027-03-08", date(2027, 3, 8)
NINTH = date(2027, 3, 9)


def column(page: httpx.Response, day: date) -> str:
    """One day of a week or list."""
    assert page.status_code == 200, page.text
    found = re.search(rf'<li class="day[^"]*" id="d-{day}".*?</li>', page.text, re.DOTALL)
    assert found, day
    return unescape(found[0])


def slots(text: str) -> dict[str, list[int]]:
    """The cards by the class of their row."""
    parts = re.split(r'<div class="slot ([\w-]+)">', text)
    return {where: events(part) for where, part in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.pure
@pytest.mark.parametrize(
    ("view", "written", "first", "last", "title"),
    [
        ("week", "", date(2026, 11, 16), date(2026, 11, 22), "16–22 November 2026"),
        ("week", "2026-12-31", date(2026, 12, 28), date(2027, 1, 3), "28 Dec 2026 – 3 Jan 2027"),
        ("week", "2026-12", date(2026, 11, 30), date(2026, 12, 6), "30 Nov – 6 Dec 2026"),
        ("list", "", TODAY, date(2026, 12, 17), "20 Nov – 17 Dec 2026"),
        ("day", "2026-11-24", date(2026, 11, 24), date(2026, 11, 24), "Tuesday 24 November 2026"),
    ],
)
def test_a_view_has_its_days_and_its_title(view: str, written: str, first: date, last: date, title: str) -> None:
    shown = span(view, written, TODAY)
    assert (shown.start, shown.end, shown.title) == (first, last, title)
    assert ([*shown.days][-1], shown.middle in shown.days) == (last, True)
    assert span(view, shown.after, TODAY).start == last + timedelta(days=1)
    assert span(view, shown.before, TODAY).end == first - timedelta(days=1)


@pytest.mark.pure
@pytest.mark.parametrize("written", ["2026-02-30", "soon", "1969-12-31", "2200-01-01"])
def test_what_is_no_day_is_refused_with_a_sentence(written: str) -> None:
    with pytest.raises(ClientException) as refused:
        span("week", written, TODAY)
    assert refused.value.detail.endswith(".")


@pytest.mark.pure
def test_a_week_shows_a_working_day_and_all_of_the_teams_slots() -> None:
    assert (
        open_hours([], whole=False)
        == open_hours(["09:00", "17:30"], whole=False)
        == type(open_hours([], whole=True))(8, 18)
    )
    wide = open_hours(["06:30", "20:15"], whole=False)
    assert (wide.first, wide.last) == (6, 21)
    walls = ((5, 59), (6, 0), (6, 29), (6, 30), (20, 45), (21, 0))
    assert [wide.row(time(*wall)) for wall in walls] == [0, 1, 1, 2, 30, -1]


@pytest.mark.pure
@pytest.mark.parametrize(
    ("zone", "day", "said"),
    [
        ("Europe/Berlin", date(2027, 3, 28), ("row-5", "02:00–03:00 does not exist")),
        ("Europe/Berlin", date(2027, 10, 31), ("row-5", "02:00–03:00 comes twice: UTC+02, then UTC+01")),
        ("Europe/London", date(2027, 10, 31), ("row-3", "01:00–02:00 comes twice: UTC+01, then UTC+00")),
        ("Australia/Lord_Howe", date(2027, 10, 3), ("row-5", "02:00–02:30 does not exist")),
        ("Africa/Cairo", date(2027, 4, 30), ("row-1", "00:00–01:00 does not exist")),
        ("Europe/Berlin", date(2027, 3, 27), ("", "")),
        ("UTC", date(2027, 3, 28), ("", "")),
    ],
)
def test_a_day_of_23_or_25_hours_says_what_its_clock_does(zone: str, day: date, said: tuple[str, str]) -> None:
    assert _turn(day, open_hours([], whole=True), zone) == said


@pytest.mark.pure
def test_what_only_the_calendar_loads_fits_its_budget() -> None:
    assert zipped("app.css", "icons.svg", "calendar.css") <= 18 * KB
    assert zipped("htmx.min.js", "idiomorph-ext.min.js", "app.js", "calendar.js") <= 30 * KB


async def test_a_card_stands_in_its_half_hour_and_what_lies_outside_is_counted(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    posts = {wall: await on(NINTH, wall) for wall in (time(9), time(9, 29), time(9, 30), time(0, 5), time(18), None)}
    await on(MONDAY, time(17, 59))
    page = await visitor.get(WEEK)
    assert slots(column(page, NINTH)) == {
        "anytime": [posts[None].id], "early": [posts[time(0, 5)].id], "late": [posts[time(18)].id],
        "row-3": [posts[time(9)].id, posts[time(9, 29)].id], "row-4": [posts[time(9, 30)].id],
    }  # fmt: skip
    assert "1 earlier" in column(page, NINTH) and "1 later" in column(page, NINTH)
    assert " earlier" not in column(page, MONDAY) and list(slots(column(page, MONDAY))) == ["row-20"]
    assert len(re.findall("data-wall=", page.text)) == 20
    more = re.search(r'id="early-2027-03-09" href="([^"]+)"', page.text)
    assert more
    whole = await visitor.get(unescape(more[1]))
    assert len(re.findall("data-wall=", whole.text)) == 48 and " earlier<" not in whole.text
    assert slots(column(whole, NINTH))["row-1"] == [posts[time(0, 5)].id]


async def test_a_half_hour_with_many_cards_leads_to_the_page_of_its_day(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    posts = [await on(NINTH, time(9, n)) for n in range(6)]
    text = column(await visitor.get(WEEK), NINTH)
    assert events(text) == [post.id for post in posts[:3]] and "3 more" in text
    link = re.search(r'id="more-2027-03-09-row-3" href="([^"]+)"', text)
    assert link and events((await visitor.get(link[1])).text) == [post.id for post in posts]


async def test_the_week_says_where_its_clock_turns_and_which_of_two_times_is_meant(client: httpx.AsyncClient) -> None:
    await make_team(zone="Europe/Berlin")
    visitor = await enter(client)
    first, second = [await on(date(2027, 10, 31), time(hour, 30)) for hour in (0, 1)]
    whole = column(await visitor.get("/calendar?view=week&date=2027-10-31&hours=all"), date(2027, 10, 31))
    assert slots(whole)["row-6"] == [first.id, second.id]
    assert ">02:30 UTC+02<" in whole and ">02:30 UTC+01<" in whole
    assert "02:00–03:00 comes twice: UTC+02, then UTC+01" in whole
    spring = await visitor.get("/calendar?view=week&date=2027-03-28")
    assert "02:00–03:00 does not exist" in column(spring, date(2027, 3, 28))  # folded rows say it above
    assert "Berlin time (UTC+1, from 28 Mar UTC+2)" in spring.text


async def test_only_today_has_the_line_of_the_present(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    here = datetime.now(UTC)
    page = await visitor.get("/calendar?view=week&hours=all")
    lines = re.findall(r'<p class="now (row-\d+)', page.text)
    assert lines == [f"row-{here.hour * 2 + here.minute // 30 + 1}"] and "Now " in column(page, here.date())
    assert 'class="now' not in (await visitor.get(WEEK)).text


async def test_the_list_has_every_column_and_goes_on_for_ever(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    campaign, channel = await make_campaign(title="Spring"), await make_channel(name="Shop feed")
    post = await on(
        date(2027, 4, 5), status="approved", channels=[channel], campaign=campaign.id, author=visitor.person
    )
    page = await visitor.get("/calendar?view=list&date=2027-03-09")
    text = column(page, date(2027, 4, 5))
    assert events(text) == [post.id] and all(
        word in text for word in ("Spring", "Approved", "09:00", "Shop feed", visitor.person.name)
    )
    assert events((await visitor.get("/calendar?view=list&date=2027-03-08")).text) == []
    for id, start in (("page-previous", "2027-02-09"), ("page-next", "2027-04-06")):
        link = re.search(rf'id="{id}" href="([^"]+)"', page.text)
        assert link and unescape(link[1]) == f"/calendar?view=list&date={start}"


async def test_a_long_day_of_the_list_folds(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for n in range(14):
        await on(NINTH, time(8, n))
    text = column(await visitor.get("/calendar?view=list&date=2027-03-09"), NINTH)
    assert len(events(text)) == 4 and "10 more" in text


async def unfolded(visitor: Visitor, href: str) -> httpx.Response:
    answer = await visitor.get(unescape(href), headers={"hx-request": "true"})
    assert answer.status_code == 200 and "<html" not in answer.text
    return answer


async def test_a_folded_day_unfolds_in_its_place_and_folds_again(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    posts = [await on(NINTH, time(8, n)) for n in range(6)]
    shut = await visitor.get("/calendar?date=2027-03&group=plan")
    link = re.search(r'id="more-2027-03-09" href="[^"]+" hx-get="([^"]+)" hx-target="#d-2027-03-09"', shut.text)
    assert link
    wide = await unfolded(visitor, link[1])
    assert events(wide.text) == [post.id for post in posts]
    assert f'/posts/{posts[0].id}/time?back=%2Fcalendar%3Fdate%3D2027-03%26group%3Dplan"' in wide.text
    fewer = re.search(r'id="more-2027-03-09" href="[^"]+" hx-get="([^"]+)"', wide.text)
    assert fewer and "Show fewer" in wide.text
    assert len(events((await unfolded(visitor, fewer[1])).text)) == 3


async def test_one_day_is_a_page_of_its_own_between_its_neighbours(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    posts = [await on(NINTH, time(8, n)) for n in range(6)]
    page = await visitor.get("/calendar/day/2027-03-09")
    assert events(page.text) == [post.id for post in posts] and "Tuesday 9 March 2027" in page.text
    assert 'href="/calendar/day/2027-03-08"' in page.text and 'href="/calendar/day/2027-03-10"' in page.text
    assert 'href="/calendar?date=2027-03"' in page.text  # the month it lies in
    assert (await visitor.get("/calendar/day/2027-02-30")).status_code == 400


async def test_every_link_keeps_view_and_filters(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    campaign, channel = await make_campaign(), await make_channel()
    wanted = await on(NINTH, channels=[channel], campaign=campaign.id)
    await on(NINTH, channels=[channel])
    await on(NINTH, campaign=campaign.id)
    kept = f"group=plan&channel={channel.id}&campaign={campaign.id}"
    page = await visitor.get(f"{WEEK}&{kept}")
    assert events(column(page, NINTH)) == [wanted.id]
    text = unescape(page.text)
    links = dict(re.findall(r'id="(month-before|month-after|month-today|view-\w+|chip-ready)" href="([^"]+)"', text))
    links |= {id: href for href, id in re.findall(r'href="([^"]+)"[^>]*id="(month-\w+)"', text)}
    assert links["view-month"] == f"/calendar?date=2027-03&{kept}"
    assert links["view-list"] == f"/calendar?view=list&date=2027-03-11&{kept}"
    assert links["month-before"] == f"/calendar?view=week&date=2027-03-01&{kept}"
    assert links["month-after"] == f"/calendar?view=week&date=2027-03-15&{kept}"
    assert links["month-today"] == f"/calendar?view=week&{kept}"
    assert links["chip-ready"] == f"/calendar?view=week&date=2027-03-08&{kept.replace('plan', 'ready')}"


async def test_bars_reach_from_a_campaigns_first_post_in_sight_to_its_last(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    long, short = await make_campaign(title="Spring"), await make_campaign(title="Sale")
    for day in (1, 9, 31):
        await on(date(2027, 3, day), campaign=long.id)
    await on(date(2027, 3, 12), campaign=short.id)
    text = (await visitor.get("/calendar?date=2027-03")).text
    assert "1 Mar – 31 Mar, 3 posts" in text and "12 Mar, 1 post<" in text
    assert '<svg viewBox="0 0 35 1"' in text and '<rect x="0" width="31" height="1"/>' in text
    assert '<rect x="11" width="1" height="1"/>' in text
    only = await visitor.get(f"/calendar?date=2027-03&campaign={short.id}")
    assert len(events(only.text)) == 1 and 'id="campaign-bar-' in only.text


async def test_a_freeze_is_a_bar_from_its_day_until_today(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    await visitor.post("/settings/freeze", note="The shop is on fire.")
    text = (await visitor.get("/calendar?view=week")).text
    assert 'id="freeze-bar"' in text and "Frozen</b> <span>since today" in text
    day = (await sql.value("SELECT now()")).weekday()
    assert f'<rect x="{day}" width="1" height="1"/>' in text
    assert 'id="freeze-bar"' not in (await visitor.get(WEEK)).text


@pytest.mark.parametrize("path", ["/calendar", WEEK, "/calendar?view=list", "/calendar/day/2031-01-01"])
async def test_every_view_of_nothing_says_so(client: httpx.AsyncClient, path: str) -> None:
    visitor = await enter(client, "viewer")
    assert ">No posts " in (await visitor.get(path)).text


@pytest.mark.parametrize("query", ["view=year", "view=week&date=2026-13", "hours=9", "campaign=x"])
async def test_an_address_that_means_nothing_is_a_400(client: httpx.AsyncClient, query: str) -> None:
    assert (await (await enter(client)).get(f"/calendar?{query}")).status_code == 400


@pytest.mark.parametrize("path", [WEEK, "/calendar?view=list&date=2027-03-01", "/calendar/day/2027-03-09"])
async def test_what_a_view_costs_does_not_grow_with_its_posts(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    visitor = await enter(client)
    channel, campaign, costs = await make_channel(), await make_campaign(), []
    for many in (3, 12):
        for n in range(many):
            await on(NINTH, time(8, n), status="approved", channels=[channel], campaign=campaign.id)
        costs.append(await statements(monkeypatch, visitor, path))
    assert costs[0] == costs[1] <= 10


async def test_a_month_reads_its_own_posts_and_not_the_whole_archive(client: httpx.AsyncClient) -> None:
    """Among 20,000 posts elsewhere, neither posts nor deliveries are read from end to end."""
    await make_team()
    await on(NINTH)
    await sql.run(
        "INSERT INTO post (title, keyword, angle, brief, status, planned_on, zone)"
        f" SELECT 'Tides', '', '', '', {listed(PostStatus.PLANNED)}, date '2010-01-01' + n / 8, 'UTC'"
        " FROM generate_series(1, 20000) n"
    )
    await sql.run("ANALYZE post")
    async with atomic():  # what other tests left in the statistics must not decide: is there a way without reading all?
        await sql.run("SET LOCAL enable_seqscan = off")
        plan = await sql.rows(f"EXPLAIN {calendar_query.ON_DAYS}", *BEGINNING, MONDAY, date(2027, 4, 4), "UTC")
    text = "\n".join(line[0] for line in plan)
    assert "Seq Scan on post" not in text and "Scan on delivery" not in text and "post_by_time" in text, text
