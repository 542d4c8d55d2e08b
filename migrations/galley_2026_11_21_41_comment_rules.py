"""What a comment may say, what is there once, how they are found; and when two texts say the same."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:41:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of comments"

CONSTRAINTS = {
    "comment_kind_known": ("comment", "check (kind in ('comment', 'request'))"),
    "comment_by_person_or_guest": ("comment", "check ((person is null) <> (guest is null))"),
    "comment_says_something": ("comment", "check (length(body) between 1 and 5000)"),
    "comment_resolved_by_somebody": ("comment", "check ((resolved_at is null) = (resolved_by is null))"),
    "comment_only_threads_are_resolved": ("comment", "check (parent is null or resolved_at is null)"),
    "mention_once": ("mention", "unique (comment, person)"),
    "waiver_once": ("waiver", "unique (revision, name)"),
    "presence_once": ("presence", "unique (post, person)"),
    "link_check_once": ("link_check", "unique (revision)"),
}
# Addresses differ from post to post, blanks and marks by taste. Classes, not \W: in the C locale \W is every letter
# outside ASCII, and all Russian texts would be the same.
FINGERPRINT = """
create function fingerprint(words text) returns text language sql immutable strict parallel safe as $$
  select md5(regexp_replace(regexp_replace(lower(words), 'https?://[^[:space:]]+', '', 'g'),
    '[[:space:][:punct:]]+', '', 'g')) $$
"""
INDEXES = {
    "comment_post": "index comment_post on comment (post, id)",
    "comment_request": "index comment_request on comment (post) where kind = 'request' and resolved_at is null"
    " and deleted_at is null",
    "comment_form_token": "unique index comment_form_token on comment (form_token)",
    "mention_person": "index mention_person on mention (person) where seen_at is null",
    "presence_seen": "index presence_seen on presence (seen_at)",
    "link_check_next": "index link_check_next on link_check (next_at) where next_at is not null",
    "revision_fingerprint": "index revision_fingerprint on revision (fingerprint(body))",
    "rendition_fingerprint": "index rendition_fingerprint on rendition (fingerprint(fields ->> 'text'))",
}


async def add_rules() -> None:
    database = engine_finder()
    await database.run_ddl(FINGERPRINT)
    for name, (table, rule) in CONSTRAINTS.items():
        await database.run_ddl(f"alter table {table} add constraint {name} {rule}")
    for statement in INDEXES.values():
        await database.run_ddl(f"create {statement}")


async def drop_rules() -> None:
    database = engine_finder()
    for name in INDEXES:
        await database.run_ddl(f"drop index {name}")
    for name, (table, _) in CONSTRAINTS.items():
        await database.run_ddl(f"alter table {table} drop constraint {name}")
    await database.run_ddl("drop function fingerprint(text)")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
