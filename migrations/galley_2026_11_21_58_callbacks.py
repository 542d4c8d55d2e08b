"""Calls of platforms, kept before they are answered."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import JSONB, BigSerial, Bytea, ForeignKey, Integer, OnDelete, OnUpdate, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:58:000000"
VERSION = "1.38.0"
DESCRIPTION = "callbacks"
KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by earlier migrations; here only to be pointed at.
class Channel(Table, tablename="channel"):
    id = BigSerial(primary_key=True)


class Delivery(Table, tablename="delivery"):
    id = BigSerial(primary_key=True)


class Callback(Table, tablename="callback"):
    id = BigSerial(primary_key=True)
    channel = ForeignKey(Channel, null=False, **KEEP)
    event_id = Text(default=None)
    scheme = Text(default=None)
    type = Text(default="")
    at = Timestamptz(default=None)
    received_at = Timestamptz(default=TimestamptzNow())
    body = Text(default="")
    body_sha256 = Bytea(default=None)
    headers = JSONB(default={})
    said = JSONB(null=True, default=None)
    delivery = ForeignKey(Delivery, null=True, **KEEP)
    next_at = Timestamptz(null=True, default=None)
    tries = Integer(default=0)
    settled_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
    note = Text(null=True, default=None)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    name = Callback._meta.tablename
    manager.add_table(Callback.__name__, tablename=name)
    for column in Callback._meta.columns:
        manager.add_column(
            table_class_name=Callback.__name__, tablename=name, column_name=column._meta.name,
            column_class=type(column), params=column._meta.params,
        )  # fmt: skip
    return manager
