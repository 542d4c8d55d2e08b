"""A person's views have names of their own, and the words a post is found by follow what it says now."""

import asyncpg
import pytest

from .claims import Claim, hold

VIEW = "insert into saved_view (person, name, query, shared) values ({}, '{}', '', false)"
ENTRY = "insert into search_entry (post, words) values (-1, '')"
MINE = VIEW.format(-1, "Mine")

CLAIMS = (
    Claim("saved_view_name", VIEW.format(-1, "MINE"), VIEW.format(-2, "Mine"), given=MINE),
    Claim("saved_view_has_a_name", VIEW.format(-1, ""), VIEW.format(-1, "x" * 60)),
    Claim("search_entry_pkey", ENTRY, f"delete from search_entry; {ENTRY}"),
)
FOUND = "select post from search_entry where words @@ to_tsquery('simple', $1) order by post desc"
# What these triggers do is told below; they refuse nothing.
KEEPERS = {"post_made_searchable", "post_kept_searchable", "revision_made_searchable"}


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_views_refuses_what_breaks_it_and_nothing_else(world: asyncpg.Connection, claim: Claim) -> None:
    await hold(world, claim)


async def found(world: asyncpg.Connection, words: str) -> list[int]:
    return [record[0] for record in await world.fetch(FOUND, words)]


async def test_every_post_has_its_words_from_the_start(world: asyncpg.Connection) -> None:
    assert await found(world, "first") == [-1] and await found(world, "second") == [-2]
    assert await found(world, "body") == [-1]  # the second's revision is not its current one


async def test_the_words_follow_title_keyword_and_the_current_revision(world: asyncpg.Connection) -> None:
    await world.execute("update post set title = 'Renamed', keyword = 'either/or' where id = -2")
    assert await found(world, "renamed") == [-2] == await found(world, "or") and await found(world, "second") == []
    await world.execute("update post set revision = -2 where id = -2")
    assert await found(world, "body") == [-1, -2]


async def test_a_revision_that_comes_after_its_post_is_found_too(world: asyncpg.Connection) -> None:
    await world.execute(
        "insert into post (id, status, title, zone, revision) values (-9, 'awaiting_user_date', 'Ninth', 'UTC', -9);"
        "insert into revision (id, post, number, title, slug, body, body_html, body_sha256, origin)"
        " values (-9, -9, 1, 'Ninth', 'ninth', 'ÄPFEL & Birnen', '', 'x', 'written')"
    )
    assert await found(world, "ninth & äpfel & birnen") == [-9]


async def test_a_move_leaves_the_words_alone(world: asyncpg.Connection) -> None:
    before = await world.fetchval("select xmin::text from search_entry where post = -1")
    await world.execute("update post set version = version + 1, updated_at = now() where id = -1")
    assert await world.fetchval("select xmin::text from search_entry where post = -1") == before


async def test_a_very_long_body_can_still_be_saved(world: asyncpg.Connection) -> None:
    body = " ".join(f"word{n}" for n in range(200_000))
    assert await world.fetchval("select length(search_words('', '', $1)) > 1000", body)
