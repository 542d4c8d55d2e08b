"""A campaign follows the team's mode or has one of its own; indexes for its posts' states and for what is live."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:47:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of campaigns"

ADD = (
    "alter table campaign add constraint campaign_one_mode check (not follows_team or mode is null)",
    "alter table campaign add constraint campaign_approvals_few check (approvals_needed between 1 and 9)",
    "drop index post_campaign",
    "create index post_in_campaign on post (campaign, status) include (archived_at) where campaign is not null",
    "create index delivery_live on delivery (published_at desc, id desc)"
    " where kind = 'create' and status = 'published'",
)
DROP = (
    "drop index delivery_live", "drop index post_in_campaign",
    "create index post_campaign on post (campaign) where campaign is not null",
    "alter table campaign drop constraint campaign_approvals_few",
    "alter table campaign drop constraint campaign_one_mode",
)  # fmt: skip


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
