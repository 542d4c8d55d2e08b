"""People and their access, and the channels of the team."""

from datetime import time

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    Array,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    OnUpdate,
    Text,
    Time,
    Timestamptz,
)
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "people"

KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}
WITH = {"on_delete": OnDelete.cascade, "on_update": OnUpdate.no_action}


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)
    email = Text(default=None)
    name = Text(default=None)
    role = Text(default=None)
    password_hash = Text(null=True, default=None)
    totp_secret = Bytea(null=True, default=None)
    zone = Text(null=True, default=None)
    disabled_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Team(Table, tablename="team"):
    id = Integer(primary_key=True, default=1)
    name = Text(default=None)
    zone = Text(default=None)
    mode = Text(default="approval")
    generation_on = Boolean(default=False)
    generate_at = Time(default=time(6, 0))
    approvals_needed = Integer(default=1)
    self_approval = Text(default="alone")
    monthly_quota = Integer(null=True, default=None)
    settings = JSONB(default={})
    last_daily_on = Date(null=True, default=None)
    frozen_at = Timestamptz(null=True, default=None)
    frozen_by = ForeignKey(Person, null=True, **KEEP)
    frozen_for = Text(null=True, default=None)


class Session(Table, tablename="session"):
    id = BigSerial(primary_key=True)
    token_sha256 = Bytea(default=None, unique=True)
    person = ForeignKey(Person, null=False, **WITH)
    created_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    ip = Text(null=True, default=None)
    agent = Text(null=True, default=None)


class ApiKey(Table, tablename="api_key"):
    id = BigSerial(primary_key=True)
    prefix = Text(default=None, unique=True)
    secret_sha256 = Bytea(default=None)
    owner = ForeignKey(Person, null=False, **KEEP)
    name = Text(default=None)
    scopes = Array(base_column=Text(), default=None)
    expires_at = Timestamptz(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class Throttle(Table, tablename="throttle"):
    id = BigSerial(primary_key=True)
    key = Text(default=None)
    window_at = Timestamptz(default=None)
    hits = Integer(default=None)


class Channel(Table, tablename="channel"):
    id = BigSerial(primary_key=True)
    platform = Text(default=None)
    name = Text(default=None)
    lane = Text(null=True, default=None)
    settings = JSONB(default={})
    secret = Bytea(null=True, default=None)
    secret_kid = Text(null=True, default=None)
    hook_token_sha256 = Bytea(null=True, default=None, unique=True)
    broken_kind = Text(null=True, default=None)
    broken_at = Timestamptz(null=True, default=None)
    paused_at = Timestamptz(null=True, default=None)
    disconnected_at = Timestamptz(null=True, default=None)
    token_expires_at = Timestamptz(null=True, default=None)
    checked_at = Timestamptz(null=True, default=None)
    last_success_at = Timestamptz(null=True, default=None)
    next_free_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)


NEW = (Person, Team, Session, ApiKey, Throttle, Channel)


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
