"""Search in the posts list: every word, in title, keyword or the text as it is now; marked where it stands."""

import httpx
import pytest

from app import sql
from app.pages.search import search
from tests.makers import make_post, make_revision
from tests.pages.listing import ids, link, plain
from tests.rows import now
from tests.visitors import enter

BODY = "The moon pulls the sea, and the café by the harbour closes at low tide."


async def test_words_are_found_in_title_keyword_and_body(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    titled, worded = await plain(title="Harbour lights"), await plain(keyword="harbour/pier")
    written, _ = await make_post(), await plain(title="Mill")
    await make_revision(written, body=BODY)
    assert set(ids(await visitor.get("/posts?q=HARBOUR"))) == {titled.id, worded.id, written.id}
    assert ids(await visitor.get("/posts?q=pier")) == [worded.id]


@pytest.mark.parametrize(
    ("q", "found"),
    [("moon harbour", True), ("harbour moon", True), ("moon mill", False), ("har", True), ("har moon", False),
     ("moon har", True), ("arbour", False), ("CAFÉ", True), ("tides caf", True)],
)  # fmt: skip
async def test_every_word_must_be_there_and_the_last_may_be_begun(
    client: httpx.AsyncClient, q: str, found: bool
) -> None:
    visitor, post = await enter(client), await make_post()
    await make_revision(post, body=BODY)
    page = await visitor.get("/posts", params={"q": q})
    assert ids(page) == ([post.id] if found else [])


async def test_only_the_current_text_is_searched(client: httpx.AsyncClient) -> None:
    visitor, post = await enter(client), await make_post()
    first = await make_revision(post, body="Walrus.")
    await make_revision(post, body="Seal.")
    assert ids(await visitor.get("/posts?q=walrus")) == [] and ids(await visitor.get("/posts?q=seal")) == [post.id]
    await post.update_self({"revision": first.id})
    assert ids(await visitor.get("/posts?q=walrus")) == [post.id]


@pytest.mark.parametrize(
    "q", ["'", "''", "\\", "a & | !", "(((", "salt:*A", "<->", ":*", "!!salt", "'; drop table post --", "{0}", "$1",
          "½ 🐟", "a'b\\c", "e\u0301", "%", "\u202fsalt", "x" * 200],
)  # fmt: skip
async def test_no_search_is_an_error(client: httpx.AsyncClient, q: str) -> None:
    visitor = await enter(client)
    await plain(title="Salt")
    for more in ({}, {"sort": "-match"}, {"sort": "match"}):
        assert (await visitor.get("/posts", params={"q": q, **more})).status_code == 200
    assert (await visitor.get("/posts.csv", params={"q": q})).status_code == 200


async def test_hits_are_marked_and_nothing_else_is_html(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    post = await make_post(title="<b>Salt</b> & sea-salt <script>")
    await make_revision(
        post, body=f"{'Some words come first. ' * 20}<img src=x> the salty sea & more. {'Then more. ' * 40}"
    )
    page = await visitor.get("/posts?q=salt")
    shown = page.text[page.text.index(f'id="row-{post.id}"') :]
    assert "&lt;b&gt;<mark>Salt</mark>&lt;/b&gt; &amp; sea-<mark>salt</mark> &lt;script&gt;" in shown
    assert "&lt;img src=x&gt; the <mark>salty</mark> sea &amp; more." in shown
    assert "<img src=x>" not in page.text and "<script>" not in shown[: shown.index("</tr>")]


async def test_best_matches_come_first_when_asked_for(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    titled = await plain(title="Salt")
    written = await make_post()
    await make_revision(written, body="A grain of salt.")
    await sql.run("UPDATE post SET updated_at = now() - interval '1 day' WHERE id = $1", titled.id)
    newest = await visitor.get("/posts?q=salt")
    assert ids(newest) == [written.id, titled.id]
    best = await visitor.get(link_of_order(newest))
    assert ids(best) == [titled.id, written.id] and "Newest first" in best.text
    assert ids(await visitor.get(link_of_order(best))) == [written.id, titled.id]
    assert (await visitor.get("/posts?sort=-match")).status_code == 200


def link_of_order(page: httpx.Response) -> str:
    return link(page, "sort-match")


async def test_paging_through_the_best_shows_every_post_once(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await sql.run(
        "INSERT INTO post (status, title, zone, keyword, angle, brief)"
        " SELECT 'awaiting_user_date', 'Salt' || repeat(' salt', n % 5), 'UTC', '', '', ''"
        " FROM generate_series(1, 70) n"
    )
    first = await visitor.get("/posts?q=salt&sort=-match")
    second = await visitor.get(link(first, "page-next"))
    assert len(ids(first)) == 50 and len({*ids(first), *ids(second)}) == 70
    assert ids(await visitor.get(link(second, "page-previous"))) == ids(first)


async def test_search_and_filters_narrow_together(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await plain(title="Salt")
    archived = await plain(title="Salt", archived_at=now())
    assert ids(await visitor.get("/posts?q=salt&archived=1")) == [archived.id]
    assert ids(await visitor.get("/posts?q=salt&archived=1&sort=-match")) == [archived.id]
    assert ids(await visitor.get("/posts?q=salt&status=missed")) == []


async def test_an_excerpt_begins_and_ends_between_words() -> None:
    words = search("tide")
    assert words is not None
    said = words.excerpt(f"{'lorem ipsum ' * 20}the tide turns {'dolor sit ' * 40}")
    assert said.startswith("…") and said.endswith("…") and "<mark>tide</mark>" in said
    assert set(said.strip("…").replace("<mark>", "").replace("</mark>", "").split()) <= {
        "lorem", "ipsum", "the", "tide", "turns", "dolor", "sit",
    }  # fmt: skip
    assert words.excerpt("Nothing of it.") == ""


async def test_a_common_word_is_found_like_a_rare_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    posts = [await plain(title=f"Salt {n}") for n in range(4)]
    await plain(title="Mill")
    for few in (2, 4):
        monkeypatch.setattr("app.pages.posts_query.FEW", few)
        for sort in ("title", "-match"):
            page = await visitor.get(f"/posts?q=sal&sort={sort}")
            assert set(ids(page)) == {post.id for post in posts}, (few, sort)
