"""Revisions and everything that hangs on one: renditions, pictures, seals, votes, guest links."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    BigSerial,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    OnUpdate,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "words"

KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}
WITH = {"on_delete": OnDelete.cascade, "on_update": OnUpdate.no_action}


# Made by an earlier migration; here only to be pointed at.
class ApiKey(Table, tablename="api_key"):
    id = BigSerial(primary_key=True)


class Channel(Table, tablename="channel"):
    id = BigSerial(primary_key=True)


class Generation(Table, tablename="generation"):
    id = BigSerial(primary_key=True)


class Media(Table, tablename="media"):
    id = BigSerial(primary_key=True)


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)


class Revision(Table, tablename="revision"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    number = Integer(default=None)
    title = Text(default=None)
    slug = Text(default=None)
    excerpt = Text()
    body = Text(default=None)
    body_html = Text(default=None)
    body_sha256 = Bytea(default=None)
    origin = Text(default=None)
    person = ForeignKey(Person, null=True, **KEEP)
    generation = ForeignKey(Generation, null=True, **KEEP)
    based_on = ForeignKey("self", null=True, **KEEP)
    gaps = Integer(default=0)
    created_at = Timestamptz(default=TimestamptzNow())


class Rendition(Table, tablename="rendition"):
    id = BigSerial(primary_key=True)
    revision = ForeignKey(Revision, null=False, **KEEP)
    channel = ForeignKey(Channel, null=False, **KEEP)
    fields = JSONB(default=None)


class Picture(Table, tablename="picture"):
    id = BigSerial(primary_key=True)
    revision = ForeignKey(Revision, null=False, **KEEP)
    position = Integer(default=None)
    media = ForeignKey(Media, null=False, **KEEP)
    alt = Text()


class DraftCopy(Table, tablename="draft_copy"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **WITH)
    person = ForeignKey(Person, null=False, **WITH)
    based_on = ForeignKey(Revision, null=True, **KEEP)
    fields = JSONB(default=None)
    saved_at = Timestamptz(default=TimestamptzNow())


class Look(Table, tablename="look"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **WITH)
    person = ForeignKey(Person, null=False, **WITH)
    revision = ForeignKey(Revision, null=False, **KEEP)
    at = Timestamptz(default=TimestamptzNow())


class Address(Table, tablename="address"):
    slug = Text(primary_key=True, default=None)
    post = ForeignKey(Post, null=False, **KEEP)
    created_at = Timestamptz(default=TimestamptzNow())


class Seal(Table, tablename="seal"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    revision = ForeignKey(Revision, null=False, **KEEP)
    digest = Bytea(default=None)
    content = Text(default=None)
    by_kind = Text(default=None)
    person = ForeignKey(Person, null=True, **KEEP)
    key = ForeignKey(ApiKey, null=True, **KEEP)
    sealed_at = Timestamptz(default=TimestamptzNow())
    voided_at = Timestamptz(null=True, default=None)


class Approval(Table, tablename="approval"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    digest = Bytea(default=None)
    person = ForeignKey(Person, null=True, **KEEP)
    guest = Text(null=True, default=None)
    at = Timestamptz(default=TimestamptzNow())
    voided_at = Timestamptz(null=True, default=None)


class Ticket(Table, tablename="ticket"):
    id = BigSerial(primary_key=True)
    kind = Text(default=None)
    token_sha256 = Bytea(default=None, unique=True)
    person = ForeignKey(Person, null=True, **WITH)
    post = ForeignKey(Post, null=True, **KEEP)
    digest = Bytea(null=True, default=None)
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


NEW = (Revision, Rendition, Picture, DraftCopy, Look, Address, Seal, Approval, Ticket)


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
