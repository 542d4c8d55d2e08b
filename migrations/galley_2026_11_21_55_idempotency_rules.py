"""One answer for each Idempotency-Key of a program."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:55:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of idempotency"

CONSTRAINTS = {
    "idempotency_once": "unique (owner, key)",
    "idempotency_key_fits": "check (length(key) between 1 and 255)",
    "idempotency_digest": "check (length(request_sha256) = 32)",
}
INDEX = "index idempotency_created on idempotency (created_at)"


async def add_rules() -> None:
    database = engine_finder()
    for name, rule in CONSTRAINTS.items():
        await database.run_ddl(f"alter table idempotency add constraint {name} {rule}")
    await database.run_ddl(f"create {INDEX}")


async def drop_rules() -> None:
    database = engine_finder()
    await database.run_ddl("drop index idempotency_created")
    for name in CONSTRAINTS:
        await database.run_ddl(f"alter table idempotency drop constraint {name}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
