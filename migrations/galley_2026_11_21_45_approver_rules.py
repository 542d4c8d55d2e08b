"""A person is named once; every approval counts in a person's name, a guest's in the name of whoever asked them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:45:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of approvers"

ADD = (
    "create unique index approver_once on approver (coalesce(campaign, 0), person)",
    "alter table approval drop constraint approval_by_person_or_guest",
    "alter table approval add constraint approval_in_a_persons_name check (person is not null)",
    "create index approval_post on approval (post, person)",
    "create index ticket_guest on ticket (post) where kind = 'guest'",
    "create index event_remind on event (post) where move = 'remind'",
)
DROP = (
    "drop index event_remind",
    "drop index ticket_guest",
    "drop index approval_post",
    "alter table approval drop constraint approval_in_a_persons_name",
    "alter table approval add constraint approval_by_person_or_guest check ((person is null) <> (guest is null))",
    "drop index approver_once",
)


async def add_rules() -> None:
    for statement in ADD:
        await engine_finder().run_ddl(statement)


async def drop_rules() -> None:
    for statement in DROP:
        await engine_finder().run_ddl(statement)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
