"""/notices: one's own by day, the unseen ones first; opening one leads to the thing; the bell counts."""

import re
from html import unescape

import httpx
import pytest

from app import sql
from app.flow import notices
from app.flow.notices import NoticeKind
from app.pages import notices as doors
from app.pages import notices_query
from tests.makers import make_person, make_post
from tests.pages.counting import statements
from tests.visitors import Visitor, come_back, enter


async def told(visitor: Visitor, count: int = 1, kind: NoticeKind = NoticeKind.APPROVAL_ASKED) -> list[int]:
    """So many notices of one post, their ids in order."""
    post = await make_post(title="Tides & ebbs")
    for _ in range(count):
        await notices.tell(visitor.person.id, kind, post=post.id)
    found = await sql.rows("SELECT id FROM notice WHERE person = $1 ORDER BY id", visitor.person.id)
    return [row["id"] for row in found][-count:]


async def shown(visitor: Visitor, query: str = "") -> str:
    answer = await visitor.get(f"/notices{query}")
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def ids(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li class="inrow" id="notice-(\d+)"', text)]


async def unseen() -> int:
    found: int = await sql.value("SELECT count(*) FROM notice WHERE seen_at IS NULL")
    return found


async def test_ones_own_stand_by_day_the_unseen_first_and_marked_in_words(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    older, seen, new = await told(visitor, 3)
    await notices.tell((await make_person()).id, NoticeKind.MENTION)
    await sql.run("UPDATE notice SET at = at - interval '1 day' WHERE id = $1", older)
    await notices.see(seen, visitor.person.id)
    await sql.run("UPDATE notice SET id = id + 1000 WHERE id = $1", seen)
    text = await shown(visitor)
    assert ids(text) == [new, seen + 1000, older]
    assert (
        text.index("Today")
        < text.index(f'id="notice-{new}"')
        < text.index("Yesterday")
        < text.index(f'notice-{older}"')
    )
    assert text.count(">New</span>") == 2 and text.count("Approval asked: Tides & ebbs") >= 3


async def test_opening_one_marks_it_as_seen_and_leads_to_the_thing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    first, _ = await told(visitor, 2)
    post = await sql.value("SELECT id FROM post")
    answer = await visitor.get(f"/notices/{first}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/posts/{post}")
    assert await sql.value("SELECT array_agg(id) FROM notice WHERE seen_at IS NOT NULL") == [first]


@pytest.mark.parametrize("header", [{"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}])
async def test_what_a_browser_fetches_ahead_is_not_seen(client: httpx.AsyncClient, header: dict[str, str]) -> None:
    visitor = await enter(client)
    [notice] = await told(visitor)
    assert (await visitor.get(f"/notices/{notice}", headers=header)).status_code == 303
    assert await unseen() == 1


async def test_a_head_request_marks_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    [notice] = await told(visitor)
    await client.head(f"/notices/{notice}")
    assert await unseen() == 1


async def test_visiting_the_post_itself_marks_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await told(visitor)
    await visitor.get(f"/posts/{await sql.value('SELECT id FROM post')}")
    assert await unseen() == 1


async def test_somebody_elses_notice_is_not_there(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    [notice] = await told(visitor)
    other = await come_back(client, await make_person("admin"))
    assert (await other.get(f"/notices/{notice}")).status_code == 404
    assert ids(await shown(other)) == [] and await unseen() == 1
    await other.post("/notices/seen", newest=notice)
    assert await unseen() == 1


async def test_all_are_marked_as_read_up_to_what_was_shown(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    first, second = await told(visitor, 2)
    assert f'name="newest" value="{second}"' in await shown(visitor)
    [later] = await told(visitor)
    answer = await visitor.post("/notices/seen", newest=second)
    assert (answer.status_code, answer.headers["location"]) == (303, "/notices")
    text = await shown(visitor)
    assert "All notices are marked as read." in text
    assert await sql.value("SELECT array_agg(id) FROM notice WHERE seen_at IS NULL") == [later] and first < later
    await visitor.post("/notices/seen", newest=later)
    assert "Mark all as read" not in await shown(visitor)


@pytest.mark.parametrize("newest", ["", "x", "-1", str(2**63)])
async def test_a_form_that_says_nothing_sensible_is_refused(client: httpx.AsyncClient, newest: str) -> None:
    visitor = await enter(client)
    await told(visitor)
    assert (await visitor.post("/notices/seen", newest=newest)).status_code == 422
    assert await unseen() == 1


async def test_the_unseen_ones_can_be_shown_alone(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    seen, new = await told(visitor, 2)
    await notices.see(seen, visitor.person.id)
    text = await shown(visitor, "?show=unseen")
    assert ids(text) == [new] and 'id="show-unseen" href="/notices?show=unseen" aria-current="true"' in text
    await notices.see(new, visitor.person.id)
    assert "Nothing is new." in await shown(visitor, "?show=unseen")


@pytest.mark.parametrize("show", ["", "unseen"])
async def test_older_ones_are_a_page_further_and_none_is_lost(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, show: str
) -> None:
    visitor = await enter(client)
    made = await told(visitor, 5)
    for room in (doors, notices_query):
        monkeypatch.setattr(room, "PAGE", 2)
    seen: list[int] = []
    href = f"?show={show}"
    while href:
        text = await shown(visitor, href)
        seen += ids(text)
        found = re.search(r'id="page-next" href="/notices([^"]+)"', text)
        href = found[1] if found else ""
    assert seen == made[::-1]


@pytest.mark.parametrize("before", ["x", "0", "-3", "9" * 30, "²"])
async def test_a_lost_place_is_page_one(client: httpx.AsyncClient, before: str) -> None:
    visitor = await enter(client)
    made = await told(visitor)
    assert ids(await shown(visitor, f"?before={before}&show=nothing")) == made


async def test_before_anything_is_told_it_says_what_comes_here(client: httpx.AsyncClient) -> None:
    text = await shown(await enter(client))
    assert "Nothing to tell you yet." in text and 'href="/inbox"' in text


async def test_what_people_type_is_text_on_this_page(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post(title='<img src=x onerror="1">')
    await notices.tell(visitor.person.id, NoticeKind.DECLINED, post=post.id, note="<b>No</b>")
    text = (await visitor.get("/notices")).text
    assert "<img" not in text.split('id="main"')[1] and "<b>No</b>" not in text


# The bell


async def test_the_navigation_counts_what_was_not_seen(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    assert 'id="nav-notices"' in await shown(visitor) and "unseen: </span>" not in await shown(visitor)
    await told(visitor, 3)
    await notices.tell((await make_person()).id, NoticeKind.REMINDER)
    text = (await visitor.get("/log")).text
    assert text.count(" unseen: </span>3</span>") == 1, "on More, where a phone has it"
    assert text.count(">unseen: </span>3</span>") == 2, "in the side bar, and in what More opens"


async def test_the_count_stops_at_99(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await sql.run("INSERT INTO notice (person, kind) SELECT $1, 'reminder' FROM generate_series(1, 250)",
                  visitor.person.id)  # fmt: skip
    assert "unseen: </span>99+</span>" in (await visitor.get("/log")).text


async def test_the_bell_costs_no_statement_of_its_own_and_the_page_as_many_for_one_as_for_many(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    none = await statements(monkeypatch, visitor, "/channels")
    await told(visitor)
    one = await statements(monkeypatch, visitor, "/notices")
    for kind in NoticeKind:
        await told(visitor, 3, kind)
    assert await statements(monkeypatch, visitor, "/notices") == one
    assert await statements(monkeypatch, visitor, "/channels") == none
