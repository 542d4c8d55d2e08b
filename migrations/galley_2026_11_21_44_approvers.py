"""People named as approvers, of the team or of a campaign."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigSerial, ForeignKey, OnDelete, OnUpdate
from piccolo.table import Table

ID = "2026-11-21T00:00:44:000000"
VERSION = "1.38.0"
DESCRIPTION = "approvers"
KEEP = {"on_delete": OnDelete.no_action, "on_update": OnUpdate.no_action}


# Made by earlier migrations; here only to be pointed at.
class Campaign(Table, tablename="campaign"):
    id = BigSerial(primary_key=True)


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Approver(Table, tablename="approver"):
    id = BigSerial(primary_key=True)
    campaign = ForeignKey(Campaign, null=True, **KEEP)
    person = ForeignKey(Person, null=False, **KEEP)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_table("Approver", tablename="approver")
    for column in Approver._meta.columns:
        manager.add_column(
            table_class_name="Approver", tablename="approver", column_name=column._meta.name,
            column_class=type(column), params=column._meta.params,
        )  # fmt: skip
    return manager
