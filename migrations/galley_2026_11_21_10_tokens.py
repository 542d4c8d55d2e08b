"""Nudges as calls of their own, and the claim of whoever renews a channel's token."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Timestamptz
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:10:000000"
VERSION = "1.38.0"
DESCRIPTION = "nudges and renewals"

INTENTS = ("create", "update", "hand_off", "reschedule", "unschedule", "remove")


def known(*more: str) -> str:
    words = ", ".join(f"'{name}'" for name in INTENTS + more)
    return (
        "alter table attempt drop constraint attempt_intent_known,"
        f" add constraint attempt_intent_known check (intent in ({words}))"
    )


async def add_nudge() -> None:
    await engine_finder().run_ddl(known("nudge"))


async def drop_nudge() -> None:
    await engine_finder().run_ddl(known())


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Channel", tablename="channel", column_name="refreshing_until", column_class=Timestamptz,
        params={"null": True, "default": None},
    )  # fmt: skip
    manager.add_raw(add_nudge)
    manager.add_raw_backwards(drop_nudge)
    return manager
