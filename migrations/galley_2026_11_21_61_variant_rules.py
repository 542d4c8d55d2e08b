"""One copy of a file for each purpose; and the indexes by which a file finds out that something names it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:61:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of variants"

CONSTRAINTS = {
    "variant_once": "unique (source, purpose)",
    "variant_purpose_known": "check (purpose ~ '^(width|weight) [1-9][0-9]*$')",
}
INDEXES = {
    "variant_blob": "variant (blob)",
    "media_blob": "media (blob) where blob is not null",
    "upload_blob": "upload (blob)",
}


async def add_rules() -> None:
    database = engine_finder()
    for name, rule in CONSTRAINTS.items():
        await database.run_ddl(f"alter table variant add constraint {name} {rule}")
    for name, columns in INDEXES.items():
        await database.run_ddl(f"create index {name} on {columns}")


async def drop_rules() -> None:
    database = engine_finder()
    for name in INDEXES:
        await database.run_ddl(f"drop index {name}")
    for name in CONSTRAINTS:
        await database.run_ddl(f"alter table variant drop constraint {name}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
