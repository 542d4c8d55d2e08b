"""The lifecycle page says what the table of moves says, legibly."""

import re
from html import unescape

import httpx
import pytest
from playwright.async_api import Browser

from app import sql
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.machine import Grant
from app.lifecycles.media import MEDIA
from app.lifecycles.post import POST, STATUSES
from app.lifecycles.publication import PUBLICATION
from app.pages import lifecycle_drawing as drawn
from app.pages.lifecycle import whom
from app.pages.lifecycle_drawing import Arrow, Word, drawing, in_words, pairs
from app.pages.lifecycle_layout import HEIGHT, ROUTES, WIDTH
from tests.browsing import opened
from tests.makers import make_person, make_post, make_team
from tests.visitors import enter

TABLE = {
    (move.name, source, target)
    for move in POST.moves
    for source in move.sources or ("",)
    for target in move.targets
}  # fmt: skip
LETTER, TALL = 6.3, 11  # the widest a letter of 11 px gets on average, and how tall a line is


async def test_every_move_of_the_table_is_an_arrow_and_a_line(client: httpx.AsyncClient) -> None:
    page = (await (await enter(client, "viewer")).get("/lifecycle")).text
    arrows = re.findall(r'<path class="edge[^>]* data-from="(\w*)" data-to="(\w+)" data-moves="([\w ]+)"', page)
    assert {(move, source, target) for source, target, moves in arrows for move in moves.split()} == TABLE
    table = page.split('id="moves-post"')[1].split("</table>")[0]
    lines = re.findall(r'<tr data-move="(\w+)" data-from="([\w ]*)" data-to="([\w ]+)"', table)
    assert len(lines) == len(POST.moves)
    in_lines = [(name, source.split() or [""], target.split()) for name, source, target in lines]
    assert {(name, s, t) for name, sources, targets in in_lines for s in sources for t in targets} == TABLE


async def test_every_line_says_label_rights_guards_and_whether_it_asks(client: httpx.AsyncClient) -> None:
    page = unescape((await (await enter(client, "viewer")).get("/lifecycle")).text)
    rows = re.findall(r"<tr data-move=.*?</tr>", page, re.DOTALL)
    tables = (POST, PUBLICATION, DELIVERY, MEDIA)
    moves = [move for table in tables for move in table.moves]
    assert len(rows) == len(moves)
    for row, move in zip(rows, moves, strict=True):
        assert f'data-move="{move.name}"' in row
        assert move.label in row
        assert whom(move.by) in row
        assert all(in_words(guard.__name__) in row for guard in move.shows + move.guards)
        assert (">yes<" in row) == move.confirm


async def test_counts_are_those_of_the_database_without_archived_posts(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "viewer")
    for n, status in enumerate(STATUSES):
        for _ in range(n % 3):
            await make_post(status)
    await sql.run("UPDATE post SET archived_at = now() WHERE id = (SELECT min(id) FROM post WHERE status = 'rejected')")
    page = (await visitor.get("/lifecycle")).text
    shown = re.findall(r'data-status="(\w+)" data-count="(\d+)"', page)
    kept = await sql.rows("SELECT status, count(*) AS n FROM post WHERE archived_at IS NULL GROUP BY status")
    counts = {row["status"]: row["n"] for row in kept}
    assert {status: int(n) for status, n in shown} == {status: counts.get(status, 0) for status in STATUSES}
    assert all(f'href="/posts?status={status}"' in page for status in STATUSES)


@pytest.mark.pure
def test_every_pair_has_a_route_and_every_route_a_pair() -> None:
    assert {(route.source, route.target) for route in ROUTES} == set(pairs())
    assert len(ROUTES) == len(pairs())


@pytest.mark.pure
def test_every_arrow_says_its_moves_or_ends_in_one_that_does() -> None:
    arrows = drawing({}).arrows
    for arrow in arrows:
        said = [one for one in arrows if one.words and one.moves == arrow.moves]
        told = " ".join(word.text for one in said for word in one.words)
        assert all(in_words(name) in told for name in arrow.moves), arrow.title
        assert arrow.words or any(_meet(arrow, one) for one in said), arrow.title


@pytest.mark.pure
def test_no_name_lies_on_another_name_or_on_a_box() -> None:
    picture = drawing(dict.fromkeys(STATUSES, 88_888))
    words = [(word.text, _around(word)) for arrow in picture.arrows for word in arrow.words]
    boxes = [(box.status, (box.x, box.y, box.x + WIDTH, box.y + HEIGHT)) for box in picture.boxes]
    for n, (text, place) in enumerate(words):
        assert not [other for other, there in words[n + 1 :] + boxes if _overlap(place, there)], text
        assert place[0] >= 0 and place[2] <= picture.width and place[3] <= picture.height, text


@pytest.mark.pure
def test_a_move_the_layout_does_not_know_is_still_drawn() -> None:
    arrow = drawn._arrow(("rejected", "published"), [POST.moves[0]])
    assert arrow.path.startswith("M") and [word.text for word in arrow.words] == ["create"]


@pytest.mark.pure
def test_rights_are_said_in_words() -> None:
    assert whom(Grant(person="writer", key="write", clock=True)) == (
        "Writer (others’ posts: editor), key with write, the clock"
    )
    assert whom(Grant(worker=True, platform=True)) == "Galley, a platform"


@pytest.mark.browser
async def test_in_a_browser_no_name_covers_another_or_a_box(address: str, browser: Browser) -> None:
    await make_team()
    async with opened(browser, address, await make_person("viewer")) as page:
        await page.goto("/lifecycle")
        assert await page.evaluate(COVERED) == []
        assert await page.evaluate("(b => b.scrollWidth <= b.clientWidth)(document.querySelector('.flow'))")
        await page.set_viewport_size({"width": 320, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth") == 320


COVERED = """() => {
  const place = e => [e.textContent, e.getBoundingClientRect()];
  const of = kind => [...document.querySelectorAll('.flow ' + kind)].map(place);
  const names = of('.edge-label'), boxes = of('.node rect'), tight = 2;
  const apart = (a, b) => a.left >= b.right - tight || a.top >= b.bottom - tight;
  const meet = (a, b) => !apart(a, b) && !apart(b, a);
  const others = (a, n) => [...names.slice(n + 1), ...boxes].filter(([, b]) => meet(a, b));
  return names.flatMap(([text, a], n) => others(a, n).map(([other]) => [text, other]));
}"""


def _meet(one: Arrow, other: Arrow) -> bool:
    """Whether both run through the same last stretch, into or out of the same box."""
    return bool(set(_corners(one)) & set(_corners(other)))


def _corners(arrow: Arrow) -> list[str]:
    return re.findall(r"-?[\d.]+ -?[\d.]+", arrow.path)


def _around(word: Word) -> tuple[float, float, float, float]:
    wide = len(word.text) * LETTER
    left = word.x - {"start": 0, "middle": wide / 2, "end": wide}[word.anchor]
    return left, word.y - TALL + 2, left + wide, word.y + 2


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
