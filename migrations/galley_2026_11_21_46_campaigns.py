"""A campaign has a version against lost edits, may follow the team's mode, and is made once per form."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Boolean, Column, Integer

ID = "2026-11-21T00:00:46:000000"
VERSION = "1.38.0"
DESCRIPTION = "campaigns"

COLUMNS: dict[str, Column] = {
    "version": Integer(default=1),
    "follows_team": Boolean(default=False),
    "form_token": UUID(null=True, default=None, unique=True),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for name, column in COLUMNS.items():
        manager.add_column(
            table_class_name="Campaign", tablename="campaign", column_name=name, column_class=type(column),
            params=column._meta.params,
        )  # fmt: skip
    return manager
