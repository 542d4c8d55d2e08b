"""What keeps `live_at`, and the indexes along which pages of 200,000 posts are walked.

A list is sorted within each status and the statuses are merged (app/pages/posts_order.py): a group of the list is then
found as fast as all of them, wherever in the years its posts lie. `live_at` is the first of the times of its deliveries
that are live; a trigger keeps it in the transaction that changes one of them, under the lock of the post that every
verb holds by then.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:53:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of long lists"

KEEP = """
create function keep_live_at() returns trigger language plpgsql as $$
declare its bigint := case tg_op when 'DELETE' then old.post else new.post end;
first timestamptz := (select min(published_at) from delivery
  where post = its and kind = 'create' and status = 'published');
begin
  update post set live_at = first where id = its and live_at is distinct from first;
  return null;
end $$
"""
TRIGGERS = {
    "delivery_begins_live": "after insert on delivery for each row when (new.status = 'published')",
    "delivery_kept_live": "after update of status, published_at, kind on delivery for each row when"
    " ((old.status, old.published_at, old.kind) is distinct from (new.status, new.published_at, new.kind)"
    " and (old.status = 'published' or new.status = 'published'))",
    "delivery_ends_live": "after delete on delivery for each row when (old.status = 'published')",
}
FILL = """
update post p set live_at = d.first from (select post, min(published_at) as first from delivery
  where kind = 'create' and status = 'published' group by post) d where d.post = p.id
"""
# When it is or was published; else its day; else never. The same words as PUBLISHES of app/pages/glance.py.
PUBLISHES = (
    "coalesce(case when status = 'published' then coalesce(live_at, publish_at) else publish_at end,"
    " planned_on::timestamp at time zone zone, 'infinity')"
)
DRAFTS = (
    "('to_be_generated', 'generating', 'text_ready_images_pending', 'generated_pending_review',"
    " 'modified_pending_review', 'approved')"
)
OLD = {"post_by_status": "post (status, planned_on) where status <> 'published'"}
NEW = {
    "post_by_status": "post (status, planned_on, planned_time nulls first, id) include (archived_at, author, campaign)"
    " where status <> 'published'",
    "post_by_time": f"post (status, ({PUBLISHES}), id) where archived_at is null",
    "post_by_title": "post (status, lower(title), id) where archived_at is null",
    "post_by_change": "post (status, updated_at, id) where archived_at is null",
    "post_by_owner": "post (status, coalesce(author, 0), id) where archived_at is null",
    "post_put_away": "post (updated_at desc, id desc) where archived_at is not null",
    "post_ahead": "post (coalesce(publish_at, planned_on::timestamp at time zone zone), id)"
    f" where archived_at is null and status in {DRAFTS}",
    "publication_open": "publication (coalesce(due_at, created_at), post) where status in ('pending', 'scheduled')",
    "publication_held": "publication (due_at, post) where held_for is not null",
    "delivery_waiting": "delivery (channel) where status in ('pending', 'sending', 'retrying', 'handed_off')",
    "delivery_updates": "delivery (updates, published_at) where updates is not null",
    "post_channel_there": "post_channel (channel, post)",
    "event_told": "event (about, move, id) where about in ('publication', 'delivery')",
    "event_told_at": "event (about, move, at) where about in ('publication', 'delivery')",
}


async def add_rules() -> None:
    database = engine_finder()
    for statement in (KEEP, FILL, *(f"drop index {name}" for name in OLD)):
        await database.run_ddl(statement)
    for name, target in NEW.items():
        await database.run_ddl(f"create index {name} on {target}")
    for name, when in TRIGGERS.items():
        await database.run_ddl(f"create trigger {name} {when} execute function keep_live_at()")


async def drop_rules() -> None:
    database = engine_finder()
    await database.run_ddl("drop function keep_live_at() cascade")
    for name in NEW:
        await database.run_ddl(f"drop index {name}")
    for name, target in OLD.items():
        await database.run_ddl(f"create index {name} on {target}")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
