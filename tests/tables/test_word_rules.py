"""Rules of revisions, seals and votes, and of the happenings nobody may rewrite."""

import asyncpg
import pytest

from .claims import Claim, hold

REVISION = (
    "insert into revision (post, number, title, slug, body, body_html, body_sha256, origin, generation)"
    " values (-1, {number}, 'T', 't', 'B', '<p>B</p>', 'x', '{origin}', {generation})"
)
SEAL = (
    "insert into seal (post, revision, digest, content, by_kind, person)"
    " values ({0}, {0}, sha256('{{}}'), '{{}}', 'person', -1)"
)
NAME = "insert into approver (campaign, person) values ({}, {})"
VOTE = "insert into approval (post, digest, person) values ({post}, 'x', {person})"
EVENT = "insert into event (about, about_id, version, move, by_kind) values ('{about}', {id}, {version}, 'm', 'clock')"
RUN = "insert into generation (id, post, number, writer, ended_at, result) values (-9, -1, 9, 'x', now(), 'drafted')"

ABOUT = (
    "post", "publication", "delivery", "media", "channel", "person", "key", "team", "campaign", "recall",
)  # fmt: skip

CLAIMS = (
    *(
        Claim("revision_immutable", statement, REVISION.format(number=2, origin="edited", generation="null"))
        for statement in (
            "update revision set body = 'Other' where id = -1",
            "update revision set title = title where id = -1",
            "delete from revision where id = -2",
        )
    ),
    Claim(
        "revision_origin_known",
        REVISION.format(number=2, origin="stolen", generation="null"),
        REVISION.format(number=2, origin="late", generation="-1"),
    ),
    Claim(
        "revision_number_once",
        REVISION.format(number=1, origin="edited", generation="null"),
        REVISION.format(number=2, origin="edited", generation="null"),
    ),
    Claim(
        "revision_of_post",
        "insert into revision (id, post, number, title, slug, body, body_html, body_sha256, origin)"
        " values (-1, -1, 2, 'T', 't', 'B', 'B', 'x', 'edited')",
        REVISION.format(number=2, origin="edited", generation="null"),
        given="alter table revision drop constraint revision_pkey cascade",  # else the key fires first
    ),
    Claim(
        "revision_one_per_generation",
        REVISION.format(number=2, origin="generated", generation="-1"),
        REVISION.format(number=2, origin="generated", generation="-9"),
        given=RUN,
    ),
    Claim(
        "rendition_once",
        "insert into rendition (revision, channel, fields) values (-1, -1, '{}')",
        "insert into rendition (revision, channel, fields) values (-1, -2, '{}'), (-2, -1, '{}')",
    ),
    Claim(
        "picture_position_once",
        "insert into picture (revision, position, media) values (-1, 0, -1)",
        "insert into picture (revision, position, media) values (-1, 1, -1), (-2, 0, -1)",
    ),
    Claim(
        "draft_copy_once",
        "insert into draft_copy (post, person, fields) values (-1, -1, '{}')",
        "insert into draft_copy (post, person, fields) values (-1, -2, '{}'), (-2, -1, '{}')",
    ),
    Claim(
        "look_once",
        "insert into look (post, person, revision) values (-1, -1, -1)",
        "insert into look (post, person, revision) values (-1, -2, -1), (-2, -1, -2)",
    ),
    Claim(
        "address_pkey",
        "insert into address (slug, post) values ('first', -2)",
        "insert into address (slug, post) values ('second', -1)",
    ),
    Claim("seal_one_valid", SEAL.format(-1), SEAL.format(-2)),
    Claim("seal_one_valid", SEAL.format(-1), "update seal set voided_at = now(); " + SEAL.format(-1)),
    Claim(
        "seal_by_kind_known",
        "update seal set by_kind = 'clock', person = null",
        "update seal set by_kind = 'autopilot', person = null",
    ),
    Claim(
        "seal_digest_is_true",
        "update seal set content = '{\"a\": 1}'",
        "update seal set content = 'ä', digest = sha256(convert_to('ä', 'UTF8'))",
    ),
    Claim("seal_digest_is_true", "update seal set digest = 'x'", "update seal set digest = sha256('{}')"),
    Claim("seal_by_a_person", "update seal set person = null", "update seal set person = -2"),
    Claim(
        "seal_by_a_person",
        "update seal set by_kind = 'autopilot'",
        "update seal set by_kind = 'autopilot', person = null",
    ),
    Claim(
        "seal_by_a_key",
        "update seal set by_kind = 'key', person = null",
        "update seal set by_kind = 'key', person = null, key = -1",
    ),
    Claim("seal_by_a_key", "update seal set key = -1", "update seal set key = null"),
    Claim(
        "approval_in_a_persons_name",
        "update approval set guest = 'Gus', person = null",
        "update approval set guest = 'Gus'",
    ),
    Claim("approval_in_a_persons_name", "update approval set person = null", "update approval set person = -2"),
    Claim("approver_once", NAME.format(-1, -1), NAME.format(-1, -2)),
    Claim("approver_once", NAME.format("null", -1) + ";" + NAME.format("null", -1), NAME.format("null", -1)),
    Claim("approval_once", VOTE.format(post=-1, person=-1), VOTE.format(post=-1, person=-2)),
    Claim(
        "approval_once",
        VOTE.format(post=-1, person=-1),
        "update approval set voided_at = now(); " + VOTE.format(post=-1, person=-1),
    ),
    *(
        Claim("event_append_only", statement, EVENT.format(about="post", id=-1, version=2))
        for statement in ("update event set note = 'x' where id = -1", "delete from event where id = -1")
    ),
    *(
        Claim(
            "event_about_known",
            EVENT.format(about="moon", id=-1, version="null"),
            EVENT.format(about=about, id=-1, version="null"),
        )
        for about in ABOUT
    ),
    *(
        Claim(
            "event_by_kind_known",
            "insert into event (about, about_id, move, by_kind) values ('post', -1, 'm', 'ghost')",
            f"insert into event (about, about_id, move, by_kind) values ('post', -1, 'm', '{kind}')",
        )
        for kind in ("person", "key", "worker", "clock", "platform", "guest")
    ),
    Claim(
        "event_one_per_version",
        EVENT.format(about="post", id=-1, version=1),
        EVENT.format(about="post", id=-1, version=2) + ";" + EVENT.format(about="media", id=-1, version=1),
    ),
    Claim(
        "event_one_per_version",
        EVENT.format(about="post", id=-1, version=1),
        ";".join([EVENT.format(about="post", id=-1, version="null")] * 2),
    ),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_words_refuses_what_breaks_it_and_nothing_else(world: asyncpg.Connection, claim: Claim) -> None:
    await hold(world, claim)
