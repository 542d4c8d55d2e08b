"""What the self-check found: one row from first seen to gone."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, BigSerial, ForeignKey, OnDelete, OnUpdate, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "breaches"


# Made by an earlier migration; here only to be pointed at.
class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)


class Breach(Table, tablename="breach"):
    id = BigSerial(primary_key=True)
    name = Text(default=None)
    about = Text(default=None)
    about_id = BigInt(default=None)
    post = ForeignKey(Post, null=True, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action)
    note = Text(default="")
    first_seen_at = Timestamptz(default=TimestamptzNow())
    last_seen_at = Timestamptz(default=TimestamptzNow())
    gone_at = Timestamptz(null=True, default=None)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_table("Breach", tablename="breach")
    for column in Breach._meta.columns:
        manager.add_column(
            table_class_name="Breach", tablename="breach", column_name=column._meta.name, column_class=type(column),
            params=column._meta.params,
        )  # fmt: skip
    return manager
