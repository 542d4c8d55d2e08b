"""Why sending is frozen, and the backup a restored desk came from."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Text, Timestamptz

ID = "2026-11-21T00:00:20:000000"
VERSION = "1.38.0"
DESCRIPTION = "freeze with a reason, restored from"

COLUMNS = {"frozen_note": Text, "restored_at": Timestamptz, "backup_at": Timestamptz}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for name, kind in COLUMNS.items():
        manager.add_column(
            table_class_name="Team", tablename="team", column_name=name, column_class=kind,
            params={"null": True, "default": None},
        )  # fmt: skip
    return manager
