"""A call counts once; it waits to be heard, or was settled with a result."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:59:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of callbacks"

CONSTRAINTS = {
    "callback_once": "unique (channel, event_id)",
    "callback_id_fits": "check (length(event_id) between 1 and 255)",
    "callback_digest": "check (length(body_sha256) = 32)",
    "callback_body_fits": "check (length(body) <= 65536)",
    "callback_waits_or_settled": "check ((next_at is null) = (settled_at is not null))",
    "callback_end_has_a_result": "check ((result is null) = (settled_at is null))",
    "callback_result_known": "check (result in ('heard', 'refused', 'unmatched', 'ignored', 'failed'))",
}
INDEXES = {
    "callback_next": "index callback_next on callback (next_at) where next_at is not null",
    "callback_of_channel": "index callback_of_channel on callback (channel, id)",
    "callback_of_delivery": "index callback_of_delivery on callback (delivery, at) where delivery is not null",
    "callback_bodies": "index callback_bodies on callback (channel, body_sha256)",
    "callback_results": "index callback_results on callback (result, id)",
    "callback_received": "index callback_received on callback (received_at)",
}


async def add_rules() -> None:
    database = engine_finder()
    for name, rule in CONSTRAINTS.items():
        await database.run_ddl(f"alter table callback add constraint {name} {rule}")
    for index in INDEXES.values():
        await database.run_ddl(f"create {index}")


async def drop_rules() -> None:
    database = engine_finder()
    for name in INDEXES:
        await database.run_ddl(f"drop index {name}")
    for name in CONSTRAINTS:
        await database.run_ddl(f"alter table callback drop constraint {name}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
