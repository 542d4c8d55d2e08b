"""What a comment may say, and what stands beside a post only once."""

import asyncpg
import pytest

from .claims import Claim, hold

SAY = "insert into comment (post, person, guest, kind, body, form_token) values (-1, {}, {}, '{}', {}, {})"
HM = "'Hm.'"

CLAIMS = (
    Claim(
        "comment_kind_known", SAY.format(-1, "null", "rant", HM, "null"), SAY.format(-1, "null", "request", HM, "null")
    ),
    Claim(
        "comment_by_person_or_guest",
        SAY.format(-1, "'Gus'", "comment", HM, "null"),
        SAY.format("null", "'Gus'", "comment", HM, "null"),
    ),
    Claim(
        "comment_by_person_or_guest",
        SAY.format("null", "null", "comment", HM, "null"),
        SAY.format(-2, "null", "comment", HM, "null"),
    ),
    *(
        Claim(
            "comment_says_something",
            SAY.format(-1, "null", "comment", body, "null"),
            SAY.format(-1, "null", "comment", "repeat('x', 5000)", "null"),
        )
        for body in ("''", "repeat('x', 5001)")
    ),
    Claim(
        "comment_resolved_by_somebody",
        "update comment set resolved_at = now() where id = -1",
        "update comment set resolved_at = now(), resolved_by = -1 where id = -1",
    ),
    Claim(
        "comment_only_threads_are_resolved",
        "update comment set resolved_at = now(), resolved_by = -1 where id = -3",
        "update comment set resolved_at = null, resolved_by = null where id = -2",
    ),
    Claim(
        "comment_form_token",
        SAY.format(-1, "null", "comment", HM, "'00000000-0000-0000-0000-000000000009'"),
        SAY.format(-1, "null", "comment", HM, "'00000000-0000-0000-0000-000000000008'"),
    ),
    Claim(
        "mention_once",
        "insert into mention (comment, person) values (-1, -2)",
        "insert into mention (comment, person) values (-1, -1), (-2, -2)",
    ),
    Claim(
        "waiver_once",
        "insert into waiver (revision, name, person, note) values (-1, 'alt', -2, 'x')",
        "insert into waiver (revision, name, person, note) values (-1, 'links', -1, 'x'), (-2, 'alt', -1, 'x')",
    ),
    Claim(
        "presence_once",
        "insert into presence (post, person) values (-1, -1)",
        "insert into presence (post, person) values (-1, -2), (-2, -1)",
    ),
    Claim(
        "link_check_once",
        "insert into link_check (revision) values (-1)",
        "insert into link_check (revision) values (-2)",
    ),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_comments_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Tides come twice.", "tides  come,\ntwice", True),
        ("Read https://a.example/1 now", "Read https://b.example/2 now", True),
        ("Приливы", "Отливы", False),
        ("Tides come twice.", "Tides come once.", False),
    ],
)
async def test_a_fingerprint_tells_words_apart_and_nothing_else(
    world: asyncpg.Connection, one: str, other: str, same: bool
) -> None:
    assert await world.fetchval("select fingerprint($1) = fingerprint($2)", one, other) == same
