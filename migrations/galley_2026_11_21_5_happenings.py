"""Events, and the workers' heartbeats."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    ForeignKey,
    Integer,
    OnDelete,
    OnUpdate,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "happenings"

KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by an earlier migration; here only to be pointed at.
class ApiKey(Table, tablename="api_key"):
    id = BigSerial(primary_key=True)


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)


class Event(Table, tablename="event"):
    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow())
    about = Text(default=None)
    about_id = BigInt(default=None)
    version = Integer(null=True, default=None)
    post = ForeignKey(Post, null=True, **KEEP)
    move = Text(default=None)
    from_status = Text(null=True, default=None)
    to_status = Text(null=True, default=None)
    by_kind = Text(default=None)
    person = ForeignKey(Person, null=True, **KEEP)
    key = ForeignKey(ApiKey, null=True, **KEEP)
    note = Text(null=True, default=None)
    facts = JSONB(default={})


class Beat(Table, tablename="beat"):
    worker = Text(primary_key=True, default=None)
    kind = Text(default=None)
    started_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())


NEW = (Event, Beat)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for table in NEW:
        manager.add_table(table.__name__, tablename=table._meta.tablename)
        for column in table._meta.columns:
            manager.add_column(
                table_class_name=table.__name__,
                tablename=table._meta.tablename,
                column_name=column._meta.name,
                column_class=type(column),
                params=column._meta.params,
            )
    return manager
