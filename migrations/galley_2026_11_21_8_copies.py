"""Copies people decided about: an older one that a second was ticked for, and one reported live after all."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Timestamptz

ID = "2026-11-21T00:00:08:000000"
VERSION = "1.38.0"
DESCRIPTION = "second copies, and reports of what was taken back"

COLUMNS = ("set_aside_at", "resurfaced_at")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for name in COLUMNS:
        manager.add_column(
            table_class_name="Delivery", tablename="delivery", column_name=name, column_class=Timestamptz,
            params={"null": True, "default": None},
        )  # fmt: skip
    return manager
