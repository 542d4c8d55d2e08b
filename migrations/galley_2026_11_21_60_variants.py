"""Smaller copies of pictures; and since when a file was last brought, so that what nothing names can be forgotten."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigSerial, Bytea, ForeignKey, Integer, OnDelete, OnUpdate, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:60:000000"
VERSION = "1.38.0"
DESCRIPTION = "variants"
KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by an earlier migration; here only to be pointed at.
class Blob(Table, tablename="blob"):
    sha256 = Bytea(primary_key=True, default=None)


class Variant(Table, tablename="variant"):
    id = BigSerial(primary_key=True)
    source = ForeignKey(Blob, null=False, **KEEP)
    purpose = Text(default=None)
    blob = ForeignKey(Blob, null=False, **KEEP)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    made_at = Timestamptz(default=TimestamptzNow())


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_table(Variant.__name__, tablename=Variant._meta.tablename)
    for column in Variant._meta.columns:
        manager.add_column(
            table_class_name=Variant.__name__, tablename=Variant._meta.tablename, column_name=column._meta.name,
            column_class=type(column), params=column._meta.params,
        )  # fmt: skip
    manager.add_column(
        table_class_name="Blob", tablename="blob", column_name="kept_at", column_class=Timestamptz,
        params={"default": TimestamptzNow()},
    )  # fmt: skip
    return manager
