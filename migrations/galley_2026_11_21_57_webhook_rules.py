"""Every endpoint hears of a move once; and the trigger that puts a move in line for those that want it.

A trigger, and no code beside the two statements that write events: one place that nobody can forget, in the move's own
transaction (ids do not commit in their order, so nobody may read on from the newest one), and not one statement more
in the product. Without an endpoint it costs a look into an empty table for each move.

It passes by what is no move, and what was not written just now: rows that a restore brings back are no news. While an
endpoint is paused its share is kept as ended, so that a person can have it sent afterwards.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.engine import engine_finder

ID = "2026-11-21T00:00:57:000000"
VERSION = "1.38.0"
DESCRIPTION = "rules of webhooks"

CONSTRAINTS = {
    "endpoint_name_fits": ("endpoint", "check (length(name) between 1 and 80)"),
    "endpoint_pause_has_a_cause": ("endpoint", "check ((paused_at is null) = (paused_for is null))"),
    "webhook_send_once": ("webhook_send", "unique (endpoint, event)"),
    "webhook_send_waits_or_ended": ("webhook_send", "check ((next_at is null) = (ended_at is not null))"),
    "webhook_send_end_has_a_result": ("webhook_send", "check ((result is null) = (ended_at is null))"),
}
ABOUT = "'post', 'publication', 'delivery', 'media', 'channel', 'person', 'key', 'team', 'campaign', 'recall'"
INDEXES = {
    "webhook_send_due": "index webhook_send_due on webhook_send (endpoint, next_at, id) where next_at is not null",
    "webhook_send_log": "index webhook_send_log on webhook_send (endpoint, id)",
    "webhook_send_missed": "index webhook_send_missed on webhook_send (endpoint, id) where result <> 'delivered'",
    "webhook_send_ended": "index webhook_send_ended on webhook_send (ended_at) where ended_at is not null",
}
# The types are those of app/flow/webhook_types.py.
TELL = """
create function tell_endpoints() returns trigger language plpgsql as $$
declare said text;
begin
  if not exists (select from endpoint where removed_at is null) then
    return null;
  end if;
  said := new.about || '.' || case new.about when 'post' then new.move else new.to_status end;
  insert into webhook_send (endpoint, event, type, next_at, ended_at, result)
  select e.id, new.id, said, case when e.paused_at is null then now() end,
    case when e.paused_at is not null then now() end, case when e.paused_at is not null then 'paused' end
  from endpoint e where e.removed_at is null
    and (e.types = '{}' or said = any(e.types) or new.about || '.*' = any(e.types))
    and (e.campaign is null or e.campaign = (select campaign from post where id = new.post));
  return null;
end $$
"""
TRIGGER = """
create trigger event_told after insert on event for each row
when (new.to_status is not null and new.at = now()) execute function tell_endpoints()
"""


async def add_rules() -> None:
    database = engine_finder()
    for name, (table, rule) in CONSTRAINTS.items():
        await database.run_ddl(f"alter table {table} add constraint {name} {rule}")
    for index in INDEXES.values():
        await database.run_ddl(f"create {index}")
    await _events_may_be_about(f"{ABOUT}, 'endpoint'")
    await database.run_ddl(TELL)
    await database.run_ddl(TRIGGER)


async def drop_rules() -> None:
    database = engine_finder()
    await database.run_ddl("drop function tell_endpoints() cascade")
    await _events_may_be_about(ABOUT)
    for name in INDEXES:
        await database.run_ddl(f"drop index {name}")
    for name, (table, _) in CONSTRAINTS.items():
        await database.run_ddl(f"alter table {table} drop constraint {name}")


async def _events_may_be_about(nouns: str) -> None:
    await engine_finder().run_ddl("alter table event drop constraint event_about_known")
    await engine_finder().run_ddl(f"alter table event add constraint event_about_known check (about in ({nouns}))")


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    manager.add_raw(add_rules)
    manager.add_raw_backwards(drop_rules)
    return manager
