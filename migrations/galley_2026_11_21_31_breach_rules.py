"""A breach is told once while it lasts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:31:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of breaches"


async def add_rules() -> None:
    once = "create unique index breach_once on breach (name, about, about_id) where gone_at is null"
    await engine_finder().run_ddl(once)


async def drop_rules() -> None:
    await engine_finder().run_ddl("drop index breach_once")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
