"""Endpoints that hear of moves, and what is on its way to them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    UUID,
    Array,
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

ID = "2026-11-21T00:00:56:000000"
VERSION = "1.38.0"
DESCRIPTION = "webhooks"
KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by earlier migrations; here only to be pointed at.
class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Campaign(Table, tablename="campaign"):
    id = BigSerial(primary_key=True)


class Event(Table, tablename="event"):
    id = BigSerial(primary_key=True)


class Endpoint(Table, tablename="endpoint"):
    id = BigSerial(primary_key=True)
    name = Text(default=None)
    url = Text(default=None)
    types = Array(base_column=Text(), default=list)
    campaign = ForeignKey(Campaign, null=True, **KEEP)
    version = Integer(default=1)
    secret = Bytea(null=True, default=None)
    secret_kid = Text(null=True, default=None)
    rotated_at = Timestamptz(null=True, default=None)
    created_by = ForeignKey(Person, null=True, **KEEP)
    created_at = Timestamptz(default=TimestamptzNow())
    form_token = UUID(null=True, default=None, unique=True)
    next_free_at = Timestamptz(default=TimestamptzNow())
    delivered_at = Timestamptz(null=True, default=None)
    failing_since = Timestamptz(null=True, default=None)
    paused_at = Timestamptz(null=True, default=None)
    paused_for = Text(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)


class WebhookSend(Table, tablename="webhook_send"):
    id = BigSerial(primary_key=True)
    endpoint = ForeignKey(Endpoint, null=False, **KEEP)
    event = ForeignKey(Event, null=True, **KEEP)
    key = UUID(unique=True)
    type = Text(default=None)
    data = JSONB(null=True, default=None)
    queued_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
    fence = UUID(null=True, default=None)
    tries = Integer(default=0)
    log = JSONB(default=[])
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for table in (Endpoint, WebhookSend):
        manager.add_table(table.__name__, tablename=table._meta.tablename)
        for column in table._meta.columns:
            manager.add_column(
                table_class_name=table.__name__, tablename=table._meta.tablename, column_name=column._meta.name,
                column_class=type(column), params=column._meta.params,
            )  # fmt: skip
    return manager
