"""Posts, their campaigns, and what generating them leaves behind."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    UUID,
    BigInt,
    BigSerial,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    OnUpdate,
    Text,
    Time,
    Timestamptz,
)
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "posts"

KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by an earlier migration; here only to be pointed at.
class ApiKey(Table, tablename="api_key"):
    id = BigSerial(primary_key=True)


class Channel(Table, tablename="channel"):
    id = BigSerial(primary_key=True)


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Campaign(Table, tablename="campaign"):
    id = BigSerial(primary_key=True)
    title = Text(default=None)
    brief = Text()
    mode = Text(null=True, default=None)
    approvals_needed = Integer(null=True, default=None)
    archived_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)
    status = Text(default=None)
    version = Integer(default=1)
    title = Text(default=None)
    keyword = Text()
    angle = Text()
    brief = Text()
    campaign = ForeignKey(Campaign, null=True, **KEEP)
    author = ForeignKey(Person, null=True, **KEEP)
    planned_on = Date(null=True, default=None)
    planned_time = Time(null=True, default=None)
    zone = Text(default=None)
    publish_at = Timestamptz(null=True, default=None)
    revision = BigInt(null=True, default=None)
    generated_revision = BigInt(null=True, default=None)
    created_by_key = ForeignKey(ApiKey, null=True, **KEEP)
    form_token = UUID(null=True, default=None, unique=True)
    archived_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class PostChannel(Table, tablename="post_channel"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    channel = ForeignKey(Channel, null=False, **KEEP)


class Blob(Table, tablename="blob"):
    sha256 = Bytea(primary_key=True, default=None)
    bytes = Bytea(null=True, default=None)
    key = Text(null=True, default=None)
    size = Integer(default=None)
    mime = Text(default=None)


class Generation(Table, tablename="generation"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    number = Integer(default=None)
    fence = Integer(default=0)
    asked_by = ForeignKey(Person, null=True, **KEEP)
    stage = Text(null=True, default=None)
    tries = Integer(default=0)
    started_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
    error_kind = Text(null=True, default=None)
    error_note = Text(null=True, default=None)
    writer = Text(default=None)
    model = Text(null=True, default=None)
    prompt = Text(null=True, default=None)
    tokens_in = Integer(null=True, default=None)
    tokens_out = Integer(null=True, default=None)
    cost = Numeric(digits=(12, 6), null=True, default=None)
    images_wanted = Integer(default=0)


class Charge(Table, tablename="charge"):
    generation = ForeignKey(Generation, null=False, primary_key=True, **KEEP)
    month = Date(default=None)
    units = Integer(default=1)


class Media(Table, tablename="media"):
    id = BigSerial(primary_key=True)
    asset_id = UUID(unique=True)
    post = ForeignKey(Post, null=True, **KEEP)
    generation = ForeignKey(Generation, null=True, **KEEP)
    status = Text(default=None)
    version = Integer(default=1)
    source = Text(default=None)
    source_url = Text(null=True, default=None)
    prompt = Text(null=True, default=None)
    alt = Text()
    blob = ForeignKey(Blob, null=True, **KEEP)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    original_name = Text(null=True, default=None)
    error_kind = Text(null=True, default=None)
    error_message = Text(null=True, default=None)
    tries = Integer(default=0)
    fence = Integer(default=0)
    next_at = Timestamptz(null=True, default=None)


NEW = (Campaign, Post, PostChannel, Blob, Generation, Charge, Media)


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
