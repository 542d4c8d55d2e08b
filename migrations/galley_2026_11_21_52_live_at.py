"""A post knows since when it is live, so that lists and the calendar need not look through its deliveries."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Timestamptz

ID = "2026-11-21T00:00:52:000000"
VERSION = "1.38.0"
DESCRIPTION = "since when a post is live"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Post", tablename="post", column_name="live_at", column_class=Timestamptz,
        params={"null": True, "default": None},
    )  # fmt: skip
    return manager
