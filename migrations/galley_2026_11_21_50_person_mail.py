"""How a person wants to be mailed, and how the last mail went."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean, Column, Integer, Text, Timestamptz

ID = "2026-11-21T00:00:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "e-mail to people"

COLUMNS: dict[str, Column] = {
    "mail_how": Text(default="daily"),
    "mail_hour": Integer(default=8),
    "mail_urgent": Boolean(default=True),
    "mail_next_at": Timestamptz(null=True, default=None),
    "mail_tries": Integer(default=0),
    "mail_note": Text(default=""),
    "mail_refused_at": Timestamptz(null=True, default=None),
    "mailed_at": Timestamptz(null=True, default=None),
    "digested_at": Timestamptz(null=True, default=None),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for name, column in COLUMNS.items():
        manager.add_column(
            table_class_name="Person", tablename="person", column_name=name, column_class=type(column),
            params=column._meta.params,
        )  # fmt: skip
    return manager
