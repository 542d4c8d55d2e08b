"""What programs were answered under their Idempotency-Keys."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigSerial, Bytea, ForeignKey, Integer, OnDelete, OnUpdate, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

ID = "2026-11-21T00:00:54:000000"
VERSION = "1.38.0"
DESCRIPTION = "idempotency"
KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by an earlier migration; here only to be pointed at.
class ApiKey(Table, tablename="api_key"):
    id = BigSerial(primary_key=True)


class Idempotency(Table, tablename="idempotency"):
    id = BigSerial(primary_key=True)
    owner = ForeignKey(ApiKey, null=False, **KEEP)
    key = Text(default=None)
    request_sha256 = Bytea(default=None)
    status = Integer(default=None)
    answer = Bytea(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    name = Idempotency._meta.tablename
    manager.add_table(Idempotency.__name__, tablename=name)
    for column in Idempotency._meta.columns:
        manager.add_column(
            table_class_name=Idempotency.__name__, tablename=name, column_name=column._meta.name,
            column_class=type(column), params=column._meta.params,
        )  # fmt: skip
    return manager
