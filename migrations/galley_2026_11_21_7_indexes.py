"""What rows say together: partial unique indexes, those of sweeps and lists, circular keys, triggers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:07:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes and triggers"

# At most one remote thing per post and channel: one that is live, may be live, or may still become live.
STANDING = "('pending', 'sending', 'retrying', 'handed_off', 'unconfirmed', 'published')"

UNIQUE = {
    "person_email": "person (lower(email))",
    "channel_one_site": "channel (platform) where platform = 'site' and disconnected_at is null",
    "generation_one_open": "generation (post) where ended_at is null",
    "revision_one_per_generation": "revision (generation) where origin = 'generated'",
    "seal_one_valid": "seal (post) where voided_at is null",
    "approval_once": "approval (post, person) where voided_at is null",
    "publication_one_open": "publication (post) where status in ('pending', 'scheduled')",
    "delivery_one_standing": f"delivery (post, channel) where kind = 'create' and status in {STANDING}",
    "attempt_one_open": "attempt (delivery) where ended_at is null",
    "attempt_one_per_lane": "attempt (lane) where ended_at is null and lane is not null",
    "recall_one_open": "recall (post) where ended_at is null",
    "event_one_per_version": "event (about, about_id, version) where version is not null",
}

# One query per sweep: WHERE next_at <= now().
SWEPT = ("channel", "media", "generation", "publication", "delivery", "recall")

PLAIN = {
    "session_person": "session (person)",
    "post_list": "post (updated_at desc, id desc) where archived_at is null",
    "post_calendar": "post (planned_on, planned_time) where archived_at is null",
    "post_by_status": "post (status, planned_on) where status <> 'published'",
    "post_campaign": "post (campaign) where campaign is not null",
    "media_post": "media (post)",
    "charge_month": "charge (month)",
    "delivery_channel": "delivery (channel, published_at)",
    "delivery_remote": "delivery (channel, remote_id) where remote_id is not null",
    "delivery_log": "delivery (post)",
    "event_post": "event (post, id)",
    "rehearsal_latest": "rehearsal (channel, id desc)",
    "rehearsal_key": "rehearsal (channel, key)",
}

# A post's revisions point back at it, so these two are only asked for at commit.
CIRCULAR = {"post_revision_fkey": "revision", "post_generated_revision_fkey": "generated_revision"}

FROZEN = {
    "event_append_only": ("event", "event_is_append_only", "event rows are append-only"),
    "revision_immutable": ("revision", "revision_is_immutable", "revisions are immutable"),
}


def up() -> list[str]:
    unique = [f"create unique index {name} on {target}" for name, target in UNIQUE.items()]
    swept = [f"create index {table}_next on {table} (next_at) where next_at is not null" for table in SWEPT]
    plain = [f"create index {name} on {target}" for name, target in PLAIN.items()]
    circular = [
        f"alter table post add constraint {name} foreign key (id, {column})"
        " references revision (post, id) deferrable initially deferred"
        for name, column in CIRCULAR.items()
    ]
    return unique + swept + plain + circular + [ddl for name in FROZEN for ddl in frozen(name)]


def frozen(name: str) -> list[str]:
    """A trigger that refuses UPDATE and DELETE, reporting its own name as the constraint that was broken."""
    table, function, sentence = FROZEN[name]
    return [
        f"create function {function}() returns trigger language plpgsql as $$ begin"
        f" raise exception '{sentence}' using errcode = 'restrict_violation', constraint = '{name}',"
        f" table = '{table}'; end $$",
        f"create trigger {name} before update or delete on {table} for each row execute function {function}()",
    ]


def down() -> list[str]:
    triggers = [f"drop function {function}() cascade" for _, function, _ in FROZEN.values()]
    circular = [f"alter table post drop constraint {name}" for name in CIRCULAR]
    names = [*PLAIN, *(f"{table}_next" for table in SWEPT), *UNIQUE]
    return triggers + circular + [f"drop index {name}" for name in names]


async def add_all() -> None:
    for statement in up():
        await engine_finder().run_ddl(statement)


async def drop_all() -> None:
    for statement in down():
        await engine_finder().run_ddl(statement)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_all)
    manager.add_raw_backwards(drop_all)
    return manager
