"""Rules of posts, campaigns, generations, media and files."""

import asyncpg
import pytest

from .claims import Claim, hold

AWAITING = "update post set status = 'awaiting_user_date', planned_on = null, planned_time = null, publish_at = null"
ENDED = "insert into generation (post, number, writer, ended_at, result) values (-1, {}, 'outline', now(), 'failed')"
OPEN_RUN = "insert into generation (post, number, writer, next_at) values ({post}, {number}, 'outline', now())"
WITHOUT_WORDS = "update post set status = '{}', planned_on = '2026-01-02' where id = -2"

WITH_WORDS = (
    "text_ready_images_pending", "generated_pending_review", "modified_pending_review", "approved",
    "scheduled", "publishing", "published", "unpublished", "publish_failed", "rejected",
)  # fmt: skip

CLAIMS = (
    Claim("campaign_mode_known", "update campaign set mode = 'auto'", "update campaign set mode = 'autopilot'"),
    Claim(
        "campaign_one_mode",
        "update campaign set mode = 'approval', follows_team = true",
        "update campaign set follows_team = true",
    ),
    Claim(
        "campaign_approvals_few",
        "update campaign set approvals_needed = 10",
        "update campaign set approvals_needed = 9",
    ),
    Claim(
        "campaign_form_token_key",
        "insert into campaign (title, brief, form_token) values ('A', '', 'd6a2d9f6-6bb6-4a07-9f4b-6c9f5a0f0a01'),"
        " ('B', '', 'd6a2d9f6-6bb6-4a07-9f4b-6c9f5a0f0a01')",
        "insert into campaign (title, brief, form_token) values ('A', '', 'd6a2d9f6-6bb6-4a07-9f4b-6c9f5a0f0a01'),"
        " ('B', '', 'd6a2d9f6-6bb6-4a07-9f4b-6c9f5a0f0a02')",
    ),
    Claim(
        "post_status_known",
        "update post set status = 'draft' where id = -1",
        "update post set status = 'rejected' where id = -1",
    ),
    Claim(
        "post_awaiting_has_no_date",
        "update post set status = 'awaiting_user_date' where id = -1",
        f"{AWAITING} where id = -1",
    ),
    *(
        Claim(
            "post_planned_has_date",
            f"update post set status = '{status}' where id = -2",
            f"update post set status = '{status}', planned_on = '2026-01-02' where id = -2",
        )
        for status in ("to_be_generated", "missed")
    ),
    Claim(
        "post_time_has_date",
        "update post set planned_time = '10:00' where id = -2",
        "update post set planned_on = null, planned_time = null, publish_at = null where id = -1",
    ),
    Claim(
        "post_publish_at_is_date_and_time",
        "update post set publish_at = null where id = -1",
        "update post set publish_at = null, planned_time = null where id = -1",
    ),
    Claim(
        "post_publish_at_is_date_and_time",
        "update post set publish_at = now() where id = -2",
        "update post set publish_at = now() where id = -1",
    ),
    *(
        Claim(
            "post_archived_is_at_rest",
            f"update post set archived_at = now(), status = '{status}' where id = -1",
            "update post set archived_at = now(), status = 'unpublished' where id = -1",
        )
        for status in ("generating", "text_ready_images_pending", "scheduled", "publishing", "published")
    ),
    *(
        Claim(
            "post_reviewed_has_words",
            f"update post set status = '{status}', revision = null where id = -1",
            f"update post set status = '{status}' where id = -1",
        )
        for status in WITH_WORDS
    ),
    Claim(
        "post_reviewed_has_words",
        WITHOUT_WORDS.format("approved"),
        "; ".join(map(WITHOUT_WORDS.format, ("to_be_generated", "generating", "generation_failed", "missed"))),
    ),
    Claim(
        "post_form_token_key",
        "update post set form_token = '00000000-0000-0000-0000-000000000001' where id = -2",
        "update post set form_token = '00000000-0000-0000-0000-000000000002' where id = -2",
    ),
    *(
        Claim(
            f"post_{column}_fkey",
            f"update post set {column} = -2 where id = -1",
            f"update post set {column} = -2 where id = -2",
        )
        for column in ("revision", "generated_revision")
    ),
    Claim(
        "post_channel_once",
        "insert into post_channel (post, channel) values (-1, -1)",
        "insert into post_channel (post, channel) values (-1, -2), (-2, -1)",
    ),
    Claim(
        "blob_pkey",
        "insert into blob (sha256, key, size, mime) values ('b1', 's3', 5, 'image/png')",
        "insert into blob (sha256, key, size, mime) values ('b2', 's3', 5, 'image/png')",
    ),
    Claim("blob_in_one_place", "update blob set key = 's3'", "update blob set key = 's3', bytes = null"),
    Claim("blob_in_one_place", "update blob set bytes = null", "update blob set bytes = ''"),
    Claim(
        "generation_number_once",
        ENDED.format(1),
        ENDED.format(2),
    ),
    Claim(
        "generation_result_known",
        "update generation set result = 'done' where id = -1",
        "update generation set result = 'stopped' where id = -1",
    ),
    Claim(
        "generation_ended_has_result",
        "update generation set result = null where id = -1",
        "update generation set result = null, ended_at = null, next_at = now() where id = -1",
    ),
    Claim(
        "generation_open_is_watched",
        "update generation set result = null, ended_at = null where id = -1",
        "update generation set result = null, ended_at = null, next_at = now() where id = -1",
    ),
    Claim(
        "generation_open_is_watched",
        "update generation set next_at = now() where id = -1",
        "update generation set next_at = null where id = -1",
    ),
    Claim(
        "generation_one_open",
        OPEN_RUN.format(post=-1, number=3),
        OPEN_RUN.format(post=-2, number=1),
        given=OPEN_RUN.format(post=-1, number=2),
    ),
    Claim(
        "charge_pkey",
        "insert into charge (generation, month) values (-1, '2026-02-01')",
        "update charge set month = '2026-02-01'",
    ),
    Claim(
        "media_asset_id_key",
        "insert into media (asset_id, status, source, next_at) values"
        " ('00000000-0000-0000-0000-000000000001', 'pending', 'drawn', now())",
        "insert into media (status, source, next_at) values ('pending', 'drawn', now())",
    ),
    Claim(
        "media_status_known",
        "update media set status = 'ready', blob = null where id = -1",
        "update media set status = 'failed', blob = null, error_message = 'No.' where id = -1",
    ),
    Claim("media_source_known", "update media set source = 'found'", "update media set source = 'imported'"),
    Claim("media_processed_has_blob", "update media set blob = null", "update media set blob = 'b1'"),
    Claim(
        "media_processed_has_blob",
        "update media set status = 'pending', next_at = now()",
        "update media set status = 'pending', next_at = now(), blob = null",
    ),
    Claim(
        "media_failed_says_why",
        "update media set status = 'failed', blob = null",
        "update media set status = 'failed', blob = null, error_message = 'No.'",
    ),
    Claim(
        "media_failed_says_why",
        "update media set error_message = 'No.'",
        "update media set error_kind = 'content_rejected'",
    ),
    Claim(
        "media_pending_is_watched",
        "update media set status = 'pending', blob = null",
        "update media set status = 'pending', blob = null, next_at = now()",
    ),
    Claim("media_pending_is_watched", "update media set next_at = now()", "update media set next_at = null"),
)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
async def test_a_rule_of_posts_refuses_what_breaks_it_and_nothing_else(world: asyncpg.Connection, claim: Claim) -> None:
    await hold(world, claim)
