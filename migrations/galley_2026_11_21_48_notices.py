"""What people are told, and how far the events were read for it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigInt, BigSerial, ForeignKey, OnDelete, OnUpdate, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:48:000000"
VERSION = "1.38.0"
DESCRIPTION = "notices"
KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by earlier migrations; here only to be pointed at.
class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)


class Comment(Table, tablename="comment"):
    id = BigSerial(primary_key=True)


class Channel(Table, tablename="channel"):
    id = BigSerial(primary_key=True)


class Delivery(Table, tablename="delivery"):
    id = BigSerial(primary_key=True)


class Notice(Table, tablename="notice"):
    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, **KEEP)
    kind = Text(default=None)
    post = ForeignKey(Post, null=True, **KEEP)
    comment = ForeignKey(Comment, null=True, **KEEP)
    channel = ForeignKey(Channel, null=True, **KEEP)
    delivery = ForeignKey(Delivery, null=True, **KEEP)
    event = BigInt(null=True, default=None)
    note = Text(default="")
    at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(null=True, default=None)
    mailing_at = Timestamptz(null=True, default=None)
    mailed_at = Timestamptz(null=True, default=None)


class Bookmark(Table, tablename="bookmark"):
    id = BigSerial(primary_key=True)
    reader = Text(default=None)
    event = BigInt(default=None)
    ahead = BigInt(default=None)
    horizon = BigInt(default=None)
    at = Timestamptz(default=TimestamptzNow())


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for table in (Notice, Bookmark):
        manager.add_table(table.__name__, tablename=table._meta.tablename)
        for column in table._meta.columns:
            manager.add_column(
                table_class_name=table.__name__, tablename=table._meta.tablename, column_name=column._meta.name,
                column_class=type(column), params=column._meta.params,
            )  # fmt: skip
    return manager
