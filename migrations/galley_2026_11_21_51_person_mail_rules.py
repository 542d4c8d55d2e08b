"""Which ways there are to be mailed, and at which hours."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:51:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of e-mail to people"

ADD = (
    "alter table person add constraint person_mail_how_known"
    " check (mail_how in ('daily', 'hourly', 'at_once', 'never'))",
    "alter table person add constraint person_mail_hour_of_a_day check (mail_hour between 0 and 23)",
)
DROP = (
    "alter table person drop constraint person_mail_hour_of_a_day",
    "alter table person drop constraint person_mail_how_known",
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
