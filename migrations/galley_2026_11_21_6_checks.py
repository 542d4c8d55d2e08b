"""What one row may say: every CHECK and every unique key of two columns, each named."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:06:000000"
VERSION = "1.38.0"
DESCRIPTION = "checks"

MODES = "('manual', 'approval', 'autopilot')"
STANDING_WORDS = "('awaiting_user_date', 'to_be_generated', 'generating', 'generation_failed', 'missed')"

PEOPLE = {
    "person": {"person_role_known": "check (role in ('viewer', 'writer', 'editor', 'admin'))"},
    "team": {
        "team_only_one": "check (id = 1)",
        "team_mode_known": f"check (mode in {MODES})",
        "team_approvals_one_to_nine": "check (approvals_needed between 1 and 9)",
        "team_self_approval_known": "check (self_approval in ('always', 'alone', 'never'))",
        "team_frozen_for_known": "check (frozen_for in ('person', 'restore'))",
        "team_frozen_says_why": "check ((frozen_at is null) = (frozen_for is null))",
    },
    "api_key": {
        "api_key_scopes_known": ("check (scopes <@ array['read', 'write', 'publish', 'publish_unreviewed', 'admin'])"),
    },
    "throttle": {"throttle_once_a_window": "unique (key, window_at)"},
}

CONTENT = {
    "campaign": {"campaign_mode_known": f"check (mode in {MODES})"},
    "post": {
        "post_status_known": (
            "check (status in ('awaiting_user_date', 'to_be_generated', 'generating',"
            " 'text_ready_images_pending', 'generated_pending_review', 'modified_pending_review', 'approved',"
            " 'scheduled', 'publishing', 'published', 'unpublished', 'generation_failed', 'publish_failed',"
            " 'rejected', 'missed'))"
        ),
        "post_awaiting_has_no_date": "check (status <> 'awaiting_user_date' or planned_on is null)",
        "post_planned_has_date": ("check (status not in ('to_be_generated', 'missed') or planned_on is not null)"),
        "post_time_has_date": "check (planned_time is null or planned_on is not null)",
        "post_publish_at_is_date_and_time": (
            "check ((publish_at is not null) = (planned_on is not null and planned_time is not null))"
        ),
        "post_archived_is_at_rest": (
            "check (archived_at is null or status not in"
            " ('generating', 'text_ready_images_pending', 'scheduled', 'publishing', 'published'))"
        ),
        "post_reviewed_has_words": f"check (revision is not null or status in {STANDING_WORDS})",
    },
    "post_channel": {"post_channel_once": "unique (post, channel)"},
    "blob": {"blob_in_one_place": "check ((bytes is null) <> (key is null))"},
    "media": {
        "media_status_known": "check (status in ('pending', 'processed', 'failed'))",
        "media_source_known": "check (source in ('drawn', 'uploaded', 'imported'))",
        "media_processed_has_blob": "check ((status = 'processed') = (blob is not null))",
        "media_failed_says_why": "check ((status = 'failed') = (error_message is not null))",
        "media_pending_is_watched": "check ((status = 'pending') = (next_at is not null))",
    },
    "generation": {
        "generation_number_once": "unique (post, number)",
        "generation_result_known": "check (result in ('drafted', 'failed', 'stopped'))",
        "generation_ended_has_result": "check ((ended_at is null) = (result is null))",
        "generation_open_is_watched": "check ((ended_at is null) = (next_at is not null))",
    },
    "revision": {
        "revision_origin_known": (
            "check (origin in ('generated', 'written', 'edited', 'imported', 'restored', 'late'))"
        ),
        "revision_number_once": "unique (post, number)",
        "revision_of_post": "unique (post, id)",
    },
    "rendition": {"rendition_once": "unique (revision, channel)"},
    "picture": {"picture_position_once": "unique (revision, position)"},
    "draft_copy": {"draft_copy_once": "unique (post, person)"},
    "look": {"look_once": "unique (post, person)"},
    "seal": {
        "seal_by_kind_known": "check (by_kind in ('person', 'key', 'autopilot'))",
        "seal_digest_is_true": "check (digest = sha256(convert_to(content, 'UTF8')))",
        "seal_by_a_person": "check ((by_kind = 'person') = (person is not null))",
        "seal_by_a_key": "check ((by_kind = 'key') = (key is not null))",
    },
    "approval": {"approval_by_person_or_guest": "check ((person is null) <> (guest is null))"},
    "ticket": {
        "ticket_kind_known": "check (kind in ('setup', 'invite', 'reset', 'guest'))",
        "ticket_guest_sees_one_seal": ("check ((kind = 'guest') = (post is not null and digest is not null))"),
    },
}

PUBLISHING = {
    "publication": {
        "publication_number_once": "unique (post, number)",
        "publication_kind_known": "check (kind in ('create', 'update'))",
        "publication_status_known": "check (status in ('pending', 'scheduled', 'completed', 'canceled'))",
        "publication_held_for_known": "check (held_for in ('late', 'freeze', 'restore'))",
        "publication_held_says_since_when": "check ((held_for is null) = (held_at is null))",
        "publication_held_is_scheduled": "check (held_at is null or status = 'scheduled')",
        "publication_completed_says_when": "check ((status = 'completed') = (completed_at is not null))",
        "publication_canceled_says_when": "check ((status = 'canceled') = (canceled_at is not null))",
        "publication_pending_is_watched": "check ((status = 'pending') = (next_at is not null))",
    },
    "delivery": {
        "delivery_once_a_channel": "unique (publication, channel)",
        "delivery_kind_known": "check (kind in ('create', 'update'))",
        "delivery_status_known": (
            "check (status in ('pending', 'sending', 'retrying', 'handed_off', 'published', 'withdrawn',"
            " 'unconfirmed', 'failed', 'canceled'))"
        ),
        "delivery_error_kind_known": (
            "check (error_kind in ('expired_token', 'permission_revoked', 'content_rejected', 'rate_limited',"
            " 'platform_unavailable', 'outcome_unknown', 'changed_there', 'invalid_settings', 'unexpected'))"
        ),
        "delivery_update_updates_one": "check ((kind = 'update') = (updates is not null))",
        "delivery_failed_says_why": (
            "check (status not in ('failed', 'unconfirmed', 'retrying') or error_kind is not null)"
        ),
        "delivery_unconfirmed_is_unknown": (
            "check ((status = 'unconfirmed') = (error_kind is not distinct from 'outcome_unknown'))"
        ),
        "delivery_published_says_when": "check (status <> 'published' or published_at is not null)",
        "delivery_live_has_seal": "check (status <> 'published' or kind = 'update' or live_seal is not null)",
        "delivery_withdrawn_says_when": "check ((status = 'withdrawn') = (removed_at is not null))",
        "delivery_update_stays_put": "check (kind = 'create' or status not in ('withdrawn', 'handed_off'))",
        "delivery_working_is_watched": (
            "check (case when status in ('sending', 'retrying', 'handed_off') then next_at is not null"
            " when status = 'pending' then true else next_at is null end)"
        ),
    },
    "attempt": {
        "attempt_number_once": "unique (delivery, number)",
        "attempt_intent_known": (
            "check (intent in ('create', 'update', 'hand_off', 'reschedule', 'unschedule', 'remove'))"
        ),
        "attempt_outcome_known": (
            "check (outcome in ('published', 'handed_off', 'went_on', 'removed', 'refused', 'try_later',"
            " 'not_sent', 'unknown'))"
        ),
        "attempt_ended_has_outcome": "check ((ended_at is null) = (outcome is null))",
    },
    "upload": {"upload_once": "unique (channel, blob)"},
    "recall": {
        "recall_move_known": ("check (move in ('unschedule', 'reopen', 'reschedule', 'unpublish', 'set_back'))"),
        "recall_result_known": "check (result in ('done', 'refused', 'overtaken'))",
        "recall_ended_has_result": "check ((ended_at is null) = (result is null))",
        "recall_open_is_watched": "check ((ended_at is null) = (next_at is not null))",
    },
    "event": {
        "event_about_known": (
            "check (about in ('post', 'publication', 'delivery', 'media', 'channel', 'person', 'key', 'team',"
            " 'campaign', 'recall'))"
        ),
        "event_by_kind_known": ("check (by_kind in ('person', 'key', 'worker', 'clock', 'platform', 'guest'))"),
    },
}

RULES = {**PEOPLE, **CONTENT, **PUBLISHING}


async def add_rules() -> None:
    for table, rules in RULES.items():
        clauses = ", ".join(f"add constraint {name} {rule}" for name, rule in rules.items())
        await engine_finder().run_ddl(f"alter table {table} {clauses}")


async def drop_rules() -> None:
    for table, rules in RULES.items():
        clauses = ", ".join(f"drop constraint {name}" for name in rules)
        await engine_finder().run_ddl(f"alter table {table} {clauses}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
