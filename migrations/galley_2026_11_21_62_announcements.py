"""What search engines are told of the blog."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Array, BigSerial, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:01:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "announcements"


class Announcement(Table, tablename="announcement"):
    id = BigSerial(primary_key=True)
    urls = Array(base_column=Text(), default=list)
    made_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
    tries = Integer(default=0)
    http_status = Integer(null=True, default=None)
    note = Text(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_table(Announcement.__name__, tablename="announcement")
    for column in Announcement._meta.columns:
        manager.add_column(
            table_class_name=Announcement.__name__, tablename="announcement", column_name=column._meta.name,
            column_class=type(column), params=column._meta.params,
        )  # fmt: skip
    return manager
