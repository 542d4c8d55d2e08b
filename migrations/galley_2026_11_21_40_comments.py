"""Comments and who they name, waived checks, answers of links, and who has a post open."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import JSONB, UUID, BigSerial, Boolean, ForeignKey, OnDelete, OnUpdate, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:40:000000"
VERSION = "1.38.0"
DESCRIPTION = "comments"
KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by earlier migrations; here only to be pointed at.
class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)


class Revision(Table, tablename="revision"):
    id = BigSerial(primary_key=True)


class Comment(Table, tablename="comment"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    parent = ForeignKey("self", null=True, **KEEP)
    person = ForeignKey(Person, null=True, **KEEP)
    guest = Text(null=True, default=None)
    kind = Text(default="comment")
    body = Text(default=None)
    anchor = Text(null=True, default=None)
    revision = ForeignKey(Revision, null=True, **KEEP)
    form_token = UUID(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    edited_at = Timestamptz(null=True, default=None)
    deleted_at = Timestamptz(null=True, default=None)
    resolved_at = Timestamptz(null=True, default=None)
    resolved_by = ForeignKey(Person, null=True, **KEEP)


class Mention(Table, tablename="mention"):
    id = BigSerial(primary_key=True)
    comment = ForeignKey(Comment, null=False, **KEEP)
    person = ForeignKey(Person, null=False, **KEEP)
    seen_at = Timestamptz(null=True, default=None)


class Waiver(Table, tablename="waiver"):
    id = BigSerial(primary_key=True)
    revision = ForeignKey(Revision, null=False, **KEEP)
    name = Text(default=None)
    person = ForeignKey(Person, null=False, **KEEP)
    note = Text(default=None)
    at = Timestamptz(default=TimestamptzNow())


class Presence(Table, tablename="presence"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    person = ForeignKey(Person, null=False, **KEEP)
    editing = Boolean(default=False)
    seen_at = Timestamptz(default=TimestamptzNow())


class LinkCheck(Table, tablename="link_check"):
    id = BigSerial(primary_key=True)
    revision = ForeignKey(Revision, null=False, **KEEP)
    found = JSONB(default="[]")
    checked_at = Timestamptz(null=True, default=None)
    next_at = Timestamptz(null=True, default=None)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for table in (Comment, Mention, Waiver, Presence, LinkCheck):
        name = table._meta.tablename
        manager.add_table(table.__name__, tablename=name)
        for column in table._meta.columns:
            manager.add_column(
                table_class_name=table.__name__, tablename=name, column_name=column._meta.name,
                column_class=type(column), params=column._meta.params,
            )  # fmt: skip
    return manager
