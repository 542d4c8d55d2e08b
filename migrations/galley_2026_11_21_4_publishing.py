"""Publications, deliveries, attempts, recalls, and what the sandbox received."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    UUID,
    BigSerial,
    Boolean,
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

ID = "2026-11-21T00:00:04:000000"
VERSION = "1.38.0"
DESCRIPTION = "publishing"

KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by an earlier migration; here only to be pointed at.
class ApiKey(Table, tablename="api_key"):
    id = BigSerial(primary_key=True)


class Blob(Table, tablename="blob"):
    sha256 = Bytea(primary_key=True, default=None)


class Channel(Table, tablename="channel"):
    id = BigSerial(primary_key=True)


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)


class Seal(Table, tablename="seal"):
    id = BigSerial(primary_key=True)


class Publication(Table, tablename="publication"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    number = Integer(default=None)
    kind = Text(default=None)
    seal = ForeignKey(Seal, null=False, **KEEP)
    status = Text(default=None)
    version = Integer(default=1)
    due_at = Timestamptz(null=True, default=None)
    held_for = Text(null=True, default=None)
    held_at = Timestamptz(null=True, default=None)
    next_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    completed_at = Timestamptz(null=True, default=None)
    canceled_at = Timestamptz(null=True, default=None)


class Delivery(Table, tablename="delivery"):
    id = BigSerial(primary_key=True)
    publication = ForeignKey(Publication, null=False, **KEEP)
    post = ForeignKey(Post, null=False, **KEEP)
    channel = ForeignKey(Channel, null=False, **KEEP)
    kind = Text(default=None)
    updates = ForeignKey("self", null=True, **KEEP)
    status = Text(default=None)
    version = Integer(default=1)
    key = Text(default=None, unique=True)
    generation = Integer(default=1)
    tries = Integer(default=0)
    next_at = Timestamptz(null=True, default=None)
    progress = JSONB(default={})
    remote_id = Text(null=True, default=None)
    remote_url = Text(null=True, default=None)
    remote_at = Timestamptz(null=True, default=None)
    live_seal = ForeignKey(Seal, null=True, **KEEP)
    error_kind = Text(null=True, default=None)
    error_note = Text(null=True, default=None)
    published_at = Timestamptz(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)


class Attempt(Table, tablename="attempt"):
    id = BigSerial(primary_key=True)
    delivery = ForeignKey(Delivery, null=False, **KEEP)
    number = Integer(default=None)
    intent = Text(default=None)
    step = Text(default=None)
    fence = UUID(unique=True)
    lane = Text(null=True, default=None)
    opened_at = Timestamptz(default=TimestamptzNow())
    lease_until = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
    outcome = Text(null=True, default=None)
    request_sha256 = Bytea(null=True, default=None)
    http_status = Integer(null=True, default=None)
    answer = Text(null=True, default=None)
    error_kind = Text(null=True, default=None)
    next_action = Text(null=True, default=None)
    why = Text(null=True, default=None)
    late_answer = Text(null=True, default=None)


class Upload(Table, tablename="upload"):
    id = BigSerial(primary_key=True)
    channel = ForeignKey(Channel, null=False, **KEEP)
    blob = ForeignKey(Blob, null=False, **KEEP)
    remote_id = Text(default=None)
    remote_url = Text(null=True, default=None)


class Recall(Table, tablename="recall"):
    id = BigSerial(primary_key=True)
    post = ForeignKey(Post, null=False, **KEEP)
    move = Text(default=None)
    person = ForeignKey(Person, null=True, **KEEP)
    key = ForeignKey(ApiKey, null=True, **KEEP)
    facts = JSONB(default={})
    asked_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
    note = Text(null=True, default=None)


class Rehearsal(Table, tablename="rehearsal"):
    id = BigSerial(primary_key=True)
    channel = ForeignKey(Channel, null=False, **KEEP)
    key = Text(default=None)
    at = Timestamptz(default=TimestamptzNow())
    verb = Text(default=None)
    content = JSONB(default={})
    remote_id = Text(null=True, default=None)
    live = Boolean(default=False)
    effect_number = Integer(default=0)


NEW = (Publication, Delivery, Attempt, Upload, Recall, Rehearsal)


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
