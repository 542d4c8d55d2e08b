"""Nobody is told the same event twice; and what the bell, the list, the mailer and the forgetting look up.

Each reader of the events has one bookmark.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:49:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of notices"

INDEXES = {
    "bookmark_reader": "unique index bookmark_reader on bookmark (reader)",
    "notice_once": "unique index notice_once on notice (person, kind, event) where event is not null",
    "notice_of_person": "index notice_of_person on notice (person, id)",
    "notice_unseen": "index notice_unseen on notice (person, id) where seen_at is null",
    "notice_unmailed": "index notice_unmailed on notice (person, at) where mailed_at is null and seen_at is null",
    "notice_of_break": "index notice_of_break on notice (channel, at) where kind = 'channel_broken'",
    "notice_seen": "index notice_seen on notice (seen_at) where seen_at is not null",
}


async def add_rules() -> None:
    for index in INDEXES.values():
        await engine_finder().run_ddl(f"create {index}")


async def drop_rules() -> None:
    for name in INDEXES:
        await engine_finder().run_ddl(f"drop index {name}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
