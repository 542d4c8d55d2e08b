"""What a post says: numbered revisions that never change, addresses that are never lost, gaps, and sameness."""

import asyncio
from dataclasses import replace
from hashlib import sha256

import asyncpg
import pytest

from app import content, sql
from app.atomic import atomic
from app.content import Shown, Text
from app.lifecycles.machine import WORKER, By
from app.tables import Address, Person, Post, Revision
from tests import makers

TEXT = Text("Tides & moons", "Twice a day.\n\n## Why\n\nThe **moon** pulls.", "Twice a day.")


@pytest.fixture
async def post(database: object) -> Post:
    return await makers.make_post("awaiting_user_date")


@pytest.fixture
async def writer(database: object) -> Person:
    return await makers.make_person("writer")


def by(person: Person) -> By:
    return By("person", person=person.id, role=person.role)


async def add(post: Post, text: Text, **values: object) -> int:
    return await content.add(post.id, text, **{"origin": "written", "by": WORKER, **values})  # type: ignore[arg-type]


async def test_a_text_comes_back_as_it_was_typed(post: Post, writer: Person) -> None:
    found = await content.load(await add(post, TEXT, by=by(writer)))
    assert (found.title, found.body, found.excerpt) == (TEXT.title, TEXT.body, TEXT.excerpt)
    assert (found.number, found.origin, found.person, found.slug) == (1, "written", writer.id, "tides-and-moons")
    assert (found.renditions, found.pictures) == ({}, ())


async def test_each_revision_of_a_post_has_the_next_number(post: Post) -> None:
    other = await makers.make_post("awaiting_user_date")
    numbers = [(await content.load(await add(p, TEXT))).number for p in (post, post, other, post)]
    assert numbers == [1, 2, 1, 3]


async def test_where_a_revision_came_from_is_kept(post: Post) -> None:
    first = await add(post, TEXT)
    run = await makers.make_generation(post)
    second = await add(post, TEXT, origin="generated", generation=run.id, based_on=first)
    row = await Revision.objects().get(Revision.id == second)
    assert row is not None and (row.generation, row.based_on, row.origin) == (run.id, first, "generated")
    assert row.body_sha256 == sha256(TEXT.body.encode()).digest()


async def test_a_revision_never_changes(post: Post) -> None:
    number = await add(post, TEXT)
    for statement in ("UPDATE revision SET title = 'Ebb' WHERE id = $1", "DELETE FROM revision WHERE id = $1"):
        with pytest.raises(asyncpg.PostgresError, match="immutable"):
            await sql.run(statement, number)
    assert (await content.load(number)).title == TEXT.title


async def test_markdown_is_rendered_once_and_without_danger(post: Post) -> None:
    body = "**Bold**\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))"
    found = await content.load(await add(post, replace(TEXT, body=body)))
    assert "<strong>Bold</strong>" in found.body_html
    assert "<script" not in found.body_html and 'href="javascript' not in found.body_html
    assert found.body == body


async def test_what_is_not_there_is_not_loaded(database: object) -> None:
    with pytest.raises(LookupError):
        await content.load(-1)


async def test_renditions_that_say_something_are_kept(post: Post) -> None:
    ours, empty = await makers.make_channel(), await makers.make_channel()
    text = replace(TEXT, renditions={ours.id: {"text": "Look: tides"}, empty.id: {"text": ""}})
    assert (await content.load(await add(post, text))).renditions == {ours.id: {"text": "Look: tides"}}


async def test_pictures_keep_their_order_their_words_and_show_their_state(post: Post) -> None:
    ready, failed, waiting = [await makers.make_media(post, s) for s in ("processed", "failed", "pending")]
    shown = (Shown(failed.id, "Moon"), Shown(ready.id, "Sea"), Shown(waiting.id, "Sky"))
    found = (await content.load(await add(post, replace(TEXT, pictures=shown)))).pictures
    assert [(p.media, p.alt, p.status) for p in found] == [
        (failed.id, "Moon", "failed"), (ready.id, "Sea", "processed"), (waiting.id, "Sky", "pending"),
    ]  # fmt: skip
    assert (found[1].sha256, found[1].width, found[1].height) == (ready.blob.hex(), 8, 8)
    assert found[0].error == "The illustrator gave up." and found[0].asset_id == str(failed.asset_id)


async def test_an_id_can_be_had_before_the_revision_is_stored(post: Post) -> None:
    number = await content.reserve()
    assert await add(post, TEXT, revision=number) == number
    assert await content.reserve() != number


async def test_two_posts_with_one_title_have_two_addresses(post: Post) -> None:
    posts = [post, *[await makers.make_post("awaiting_user_date") for _ in range(2)]]
    slugs = [(await content.load(await add(each, TEXT))).slug for each in posts]
    assert slugs == ["tides-and-moons", "tides-and-moons-2", "tides-and-moons-3"]


async def test_a_post_keeps_its_address_from_revision_to_revision(post: Post) -> None:
    await add(await makers.make_post("awaiting_user_date"), TEXT)
    slugs = [(await content.load(await add(post, TEXT))).slug for _ in range(3)]
    assert slugs == ["tides-and-moons-2"] * 3


async def test_an_old_address_is_never_given_to_another_post(post: Post) -> None:
    await add(post, TEXT)
    await add(post, replace(TEXT, title="Ebb"))
    other = await makers.make_post("awaiting_user_date")
    assert (await content.load(await add(other, TEXT))).slug == "tides-and-moons-2"
    owners = {row["slug"]: row["post"] for row in await Address.select()}
    assert owners == {"tides-and-moons": post.id, "ebb": post.id, "tides-and-moons-2": other.id}


async def test_an_address_that_was_typed_wins_over_the_title(post: Post) -> None:
    found = await content.load(await add(post, replace(TEXT, slug="The Moon, at last!")))
    assert found.slug == "the-moon-at-last"


async def test_two_posts_that_want_one_address_at_once_both_get_one(post: Post) -> None:
    other = await makers.make_post("awaiting_user_date")

    async def store(each: Post) -> str:
        async with atomic():
            number = await add(each, TEXT)
            await asyncio.sleep(0.1)
        return (await content.load(number)).slug

    slugs = await asyncio.gather(store(post), store(other))
    assert sorted(slugs) == ["tides-and-moons", "tides-and-moons-2"]


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        (TEXT, 0),
        (replace(TEXT, body="One [write: why] and [write: when]."), 2),
        (replace(TEXT, title="[write: a title]"), 1),
        (replace(TEXT, excerpt="In short, [write: …]"), 1),
        (replace(TEXT, renditions={1: {"text": "[write: a hook]"}, 2: {"text": "ready"}}), 1),
        (replace(TEXT, body="[link](https://example.com) and [ ] to do"), 0),
    ],
)
async def test_gaps_are_counted_in_everything_that_would_be_sent(text: Text, gaps: int) -> None:
    assert content.count_gaps(text) == gaps


async def test_a_revision_keeps_how_many_gaps_it_has(post: Post) -> None:
    number = await add(post, replace(TEXT, body="[write: why]", excerpt="[write: what]"))
    assert await sql.value("SELECT gaps FROM revision WHERE id = $1", number) == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(TEXT, title="Ebb"),
        replace(TEXT, body=f"{TEXT.body} "),
        replace(TEXT, excerpt=""),
        replace(TEXT, slug="ebb"),
        replace(TEXT, renditions={1: {"text": "Look"}}),
        replace(TEXT, pictures=(Shown(1, "Sea"),)),
    ],
    ids=["title", "body", "excerpt", "address", "rendition", "picture"],
)
async def test_a_difference_in_what_would_be_sealed_is_a_difference(other: Text) -> None:
    assert not content.same(TEXT, other) and not content.same(other, TEXT)


async def test_pictures_differ_by_file_words_and_order() -> None:
    sea, moon = Shown(1, "Sea"), Shown(2, "Moon")
    both = replace(TEXT, pictures=(sea, moon))
    assert not content.same(both, replace(TEXT, pictures=(moon, sea)))
    assert not content.same(both, replace(TEXT, pictures=(sea, replace(moon, alt="A moon"))))
    assert content.same(both, replace(TEXT, pictures=(replace(sea, status="processed", width=8), moon)))


async def test_what_is_stored_is_the_same_as_what_was_typed(post: Post) -> None:
    text = replace(TEXT, slug="tides", renditions={(await makers.make_channel()).id: {"text": "Look"}})
    assert content.same(text, await content.load(await add(post, text)))


async def test_an_empty_rendition_is_no_difference() -> None:
    assert content.same(TEXT, replace(TEXT, renditions={1: {}}))
    assert content.same(TEXT, replace(TEXT, renditions={1: {"text": ""}}))
