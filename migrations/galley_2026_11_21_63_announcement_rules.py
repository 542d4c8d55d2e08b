"""An announcement waits or has ended with a result; and where what is not confirmed is found without reading it all."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:01:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of announcements"

CONSTRAINTS = {
    "announcement_fits_a_call": "check (cardinality(urls) between 1 and 10000)",
    "announcement_waits_or_ended": "check ((next_at is null) = (ended_at is not null))",
    "announcement_end_has_a_result": "check ((result is null) = (ended_at is null))",
}
INDEXES = {
    "announcement_due": "announcement (next_at) where next_at is not null",
    "delivery_unconfirmed": "delivery (post) where status = 'unconfirmed'",
}


async def add_rules() -> None:
    for name, rule in CONSTRAINTS.items():
        await engine_finder().run_ddl(f"alter table announcement add constraint {name} {rule}")
    for name, target in INDEXES.items():
        await engine_finder().run_ddl(f"create index {name} on {target}")


async def drop_rules() -> None:
    for name in INDEXES:
        await engine_finder().run_ddl(f"drop index {name}")
    for name in CONSTRAINTS:
        await engine_finder().run_ddl(f"alter table announcement drop constraint {name}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
