"""What second copies and resurfaced ones may be, and the recall of a single delivery."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:09:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of copies"

STANDING = "('pending', 'sending', 'retrying', 'handed_off', 'unconfirmed', 'published')"
ONE_STANDING = "create unique index delivery_one_standing on delivery (post, channel) where kind = 'create'"
MOVES = ("unschedule", "reopen", "reschedule", "unpublish", "set_back")

# What waits for a person's word: every page counts it.
RAISED = {
    "delivery_resurfaced": "resurfaced_at is not null",
    "delivery_changed_there": "status = 'handed_off' and error_kind = 'changed_there'",
}
RULES = {
    # A copy stands aside once a person ticked "Send it again" beside it: live still, in nobody's way.
    "delivery_aside_is_live": (
        "check (set_aside_at is null or kind = 'create' and status in ('published', 'withdrawn'))"
    ),
    "delivery_resurfaced_is_live": "check (resurfaced_at is null or kind = 'create' and status = 'published')",
}


def words(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def recall_moves(*more: str) -> str:
    known = f"check (move in ({words(MOVES + more)}))"
    return f"alter table recall drop constraint recall_move_known, add constraint recall_move_known {known}"


async def add_rules() -> None:
    adds = ", ".join(f"add constraint {name} {rule}" for name, rule in RULES.items())
    await engine_finder().run_ddl(f"alter table delivery {adds}")
    await engine_finder().run_ddl(recall_moves("take_down"))
    await engine_finder().run_ddl("drop index delivery_one_standing")
    await engine_finder().run_ddl(f"{ONE_STANDING} and set_aside_at is null and status in {STANDING}")
    for name, condition in RAISED.items():
        await engine_finder().run_ddl(f"create index {name} on delivery (post) where {condition}")


async def drop_rules() -> None:
    for name in RAISED:
        await engine_finder().run_ddl(f"drop index {name}")
    await engine_finder().run_ddl("drop index delivery_one_standing")
    await engine_finder().run_ddl(f"{ONE_STANDING} and status in {STANDING}")
    await engine_finder().run_ddl(recall_moves())
    drops = ", ".join(f"drop constraint {name}" for name in RULES)
    await engine_finder().run_ddl(f"alter table delivery {drops}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
