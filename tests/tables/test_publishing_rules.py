"""Rules of publications, attempts, uploads and recalls."""

import asyncpg
import pytest

from .claims import Claim, hold

PUBLISH = "insert into publication (post, number, kind, seal, status, next_at) values ({}, {}, 'create', -1, {})"
PENDING, SCHEDULED = "'pending', now()", "'scheduled', null"
CHANGE = "update publication set "
REOPEN = "completed_at = null, status = 'scheduled'"
ATTEMPT = (
    "insert into attempt (delivery, number, intent, step, lane, lease_until)"
    " values ({delivery}, {number}, 'create', 'send', {lane}, now())"
)
SECOND_DELIVERY = (
    "insert into delivery (id, publication, post, channel, kind, status, key)"
    " values (-2, -1, -1, -2, 'create', 'pending', 'd2')"
)
ASK = "insert into recall (post, move, next_at) values ({}, 'unschedule', now())"

OUTCOMES = (
    "published", "handed_off", "went_on", "removed", "refused", "try_later", "not_sent", "unknown",
)  # fmt: skip

CLAIMS = (
    Claim(
        "publication_number_once",
        PUBLISH.format(-1, 1, SCHEDULED),
        PUBLISH.format(-1, 2, SCHEDULED) + ";" + PUBLISH.format(-2, 1, SCHEDULED),
    ),
    Claim("publication_kind_known", CHANGE + "kind = 'delete'", CHANGE + "kind = 'update'"),
    Claim(
        "publication_status_known",
        CHANGE + "status = 'open', completed_at = null",
        CHANGE + REOPEN,
    ),
    Claim(
        "publication_held_for_known",
        CHANGE + REOPEN + ", held_for = 'fun', held_at = now()",
        ";".join(f"{CHANGE}{REOPEN}, held_for = '{why}', held_at = now()" for why in ("late", "freeze", "restore")),
    ),
    Claim(
        "publication_held_says_since_when",
        CHANGE + REOPEN + ", held_for = 'late'",
        CHANGE + REOPEN + ", held_for = 'late', held_at = now()",
    ),
    Claim(
        "publication_held_says_since_when",
        CHANGE + REOPEN + ", held_at = now()",
        CHANGE + REOPEN + ", held_at = null",
    ),
    Claim(
        "publication_held_is_scheduled",
        CHANGE + "held_for = 'late', held_at = now()",
        CHANGE + REOPEN + ", held_for = 'late', held_at = now()",
    ),
    Claim("publication_completed_says_when", CHANGE + "completed_at = null", CHANGE + REOPEN),
    Claim(
        "publication_completed_says_when",
        CHANGE + "status = 'scheduled'",
        CHANGE + "completed_at = now() - interval '1 hour'",
    ),
    Claim(
        "publication_canceled_says_when",
        CHANGE + "status = 'canceled', completed_at = null",
        CHANGE + "status = 'canceled', completed_at = null, canceled_at = now()",
    ),
    Claim("publication_canceled_says_when", CHANGE + "canceled_at = now()", CHANGE + "canceled_at = null"),
    Claim(
        "publication_pending_is_watched",
        CHANGE + "status = 'pending', completed_at = null",
        CHANGE + "status = 'pending', completed_at = null, next_at = now()",
    ),
    Claim("publication_pending_is_watched", CHANGE + "next_at = now()", CHANGE + "due_at = now()"),
    *(
        Claim(
            "publication_one_open",
            PUBLISH.format(-1, 3, second),
            PUBLISH.format(-2, 1, second),
            given=PUBLISH.format(-1, 2, first),
        )
        for first in (PENDING, SCHEDULED)
        for second in (PENDING, SCHEDULED)
    ),
    Claim(
        "attempt_number_once",
        ATTEMPT.format(delivery=-1, number=1, lane="null"),
        ATTEMPT.format(delivery=-1, number=2, lane="null"),
    ),
    Claim(
        "attempt_fence_key",
        "insert into attempt (delivery, number, intent, step, fence, lease_until) values"
        " (-1, 2, 'create', 'send', '00000000-0000-0000-0000-000000000001', now())",
        "insert into attempt (delivery, number, intent, step, fence, lease_until) values"
        " (-1, 2, 'create', 'send', '00000000-0000-0000-0000-000000000002', now())",
    ),
    *(
        Claim(
            "attempt_intent_known",
            "update attempt set intent = 'look'",
            f"update attempt set intent = '{intent}'",
        )
        for intent in ("create", "update", "hand_off", "reschedule", "unschedule", "remove", "nudge")
    ),
    *(
        Claim(
            "attempt_outcome_known",
            "update attempt set outcome = 'fine'",
            f"update attempt set outcome = '{outcome}'",
        )
        for outcome in OUTCOMES
    ),
    Claim(
        "attempt_ended_has_outcome",
        "update attempt set outcome = null",
        "update attempt set outcome = null, ended_at = null",
    ),
    Claim(
        "attempt_ended_has_outcome",
        "update attempt set ended_at = null",
        "update attempt set ended_at = now() + interval '1 second'",
    ),
    Claim(
        "attempt_one_open",
        ATTEMPT.format(delivery=-1, number=3, lane="null"),
        ATTEMPT.format(delivery=-2, number=1, lane="null"),
        given=ATTEMPT.format(delivery=-1, number=2, lane="null") + ";" + SECOND_DELIVERY,
    ),
    Claim(
        "attempt_one_per_lane",
        ATTEMPT.format(delivery=-2, number=1, lane="'blog.example'"),
        ATTEMPT.format(delivery=-2, number=1, lane="'other.example'"),
        given=ATTEMPT.format(delivery=-1, number=2, lane="'blog.example'") + ";" + SECOND_DELIVERY,
    ),
    Claim(
        "attempt_one_per_lane",
        ATTEMPT.format(delivery=-2, number=1, lane="'blog.example'"),
        "update attempt set ended_at = now(), outcome = 'unknown';"
        + ATTEMPT.format(delivery=-2, number=1, lane="'blog.example'"),
        given=ATTEMPT.format(delivery=-1, number=2, lane="'blog.example'") + ";" + SECOND_DELIVERY,
    ),
    Claim(
        "upload_once",
        "insert into upload (channel, blob, remote_id) values (-1, 'b1', 'r2')",
        "insert into upload (channel, blob, remote_id) values (-2, 'b1', 'r1')",
    ),
    *(
        Claim("recall_move_known", "update recall set move = 'approve'", f"update recall set move = '{move}'")
        for move in ("unschedule", "reopen", "reschedule", "unpublish", "set_back", "take_down")
    ),
    *(
        Claim(
            "recall_result_known",
            "update recall set result = 'lost'",
            f"update recall set result = '{result}'",
        )
        for result in ("done", "refused", "overtaken")
    ),
    Claim(
        "recall_ended_has_result",
        "update recall set result = null",
        "update recall set result = null, ended_at = null, next_at = now()",
    ),
    Claim(
        "recall_open_is_watched",
        "update recall set result = null, ended_at = null",
        "update recall set result = null, ended_at = null, next_at = now()",
    ),
    Claim("recall_open_is_watched", "update recall set next_at = now()", "update recall set note = 'x'"),
    Claim("recall_one_open", ASK.format(-1), ASK.format(-2), given=ASK.format(-1)),
    Claim(
        "recall_one_open",
        ASK.format(-1),
        "update recall set ended_at = now(), result = 'done', next_at = null;" + ASK.format(-1),
        given=ASK.format(-1),
    ),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_publishing_refuses_what_breaks_it_and_nothing_else(
    world: asyncpg.Connection, claim: Claim
) -> None:
    await hold(world, claim)
