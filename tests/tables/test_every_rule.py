"""No rule of the database goes untried: the catalog is compared with the claims."""

import asyncpg

from . import (
    test_announcement_rules,
    test_breach_rules,
    test_callback_rules,
    test_comment_rules,
    test_delivery_rules,
    test_key_rules,
    test_list_rules,
    test_notice_rules,
    test_people_rules,
    test_post_rules,
    test_publishing_rules,
    test_variant_rules,
    test_view_rules,
    test_webhook_rules,
    test_word_rules,
)

CLAIMS = (
    *test_people_rules.CLAIMS,
    *test_post_rules.CLAIMS,
    *test_word_rules.CLAIMS,
    *test_publishing_rules.CLAIMS,
    *test_delivery_rules.CLAIMS,
    *test_breach_rules.CLAIMS,
    *test_view_rules.CLAIMS,
    *test_comment_rules.CLAIMS,
    *test_notice_rules.CLAIMS,
    *test_webhook_rules.CLAIMS,
    *test_key_rules.CLAIMS,
    *test_callback_rules.CLAIMS,
    *test_announcement_rules.CLAIMS,
    *test_variant_rules.CLAIMS,
)

RULES = """
select conname::text from pg_constraint
 where connamespace = 'public'::regnamespace and contype in ('c', 'u', 'x')
union select conname::text from pg_constraint
 where connamespace = 'public'::regnamespace and contype = 'p'
   and not exists (select from pg_attribute
                    where attrelid = conrelid and attnum = any(conkey) and attname = 'id')
union select conname::text from pg_constraint where connamespace = 'public'::regnamespace and condeferrable
union select indexrelid::regclass::text from pg_index
 where indisunique and not indisprimary and indrelid::regclass::text in
   (select tablename from pg_tables where schemaname = 'public')
union select tgname::text from pg_trigger where not tgisinternal
"""
TABLES = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'migration'"
# One column that points at another table; the two deferred pairs of post have claims of their own.
POINTERS = """
select conrelid::regclass::text as table, conname::text as rule, confdeltype = 'c' as cascades,
       attname::text as column, format_type(atttypid, null) as type
  from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
 where contype = 'f' and not condeferrable and connamespace = 'public'::regnamespace order by 1, 2
"""
CASCADES = {
    "session_person_fkey", "ticket_person_fkey", "draft_copy_post_fkey", "draft_copy_person_fkey",
    "look_post_fkey", "look_person_fkey",
}  # fmt: skip


async def test_every_check_unique_rule_and_trigger_has_a_claim_that_breaks_it(
    world: asyncpg.Connection,
) -> None:
    rules = {record[0] for record in await world.fetch(RULES)} | {"team_pkey"}
    keepers = test_view_rules.KEEPERS | test_webhook_rules.KEEPERS | test_list_rules.KEEPERS
    assert rules == {claim.rule for claim in CLAIMS} | keepers


async def test_the_world_has_a_row_in_every_table(world: asyncpg.Connection) -> None:
    tables = [record[0] for record in await world.fetch(TABLES)]
    empty = [name for name in tables if not await world.fetchval(f"select count(*) from {name}")]
    assert len(tables) >= 30 and empty == []


async def test_every_pointer_refuses_a_row_that_is_not_there(world: asyncpg.Connection) -> None:
    await world.execute("alter table event disable trigger user; alter table revision disable trigger user")
    pointers = await world.fetch(POINTERS)
    fired = [await _refusal(world, pointer) for pointer in pointers]
    assert len(pointers) > 40 and fired == [pointer["rule"] for pointer in pointers]


async def test_only_what_means_nothing_alone_goes_away_with_its_owner(world: asyncpg.Connection) -> None:
    assert {record["rule"] for record in await world.fetch(POINTERS) if record["cascades"]} == CASCADES


async def _refusal(world: asyncpg.Connection, pointer: asyncpg.Record) -> str:
    """The rule that fires when the column points at nobody, with the table's checks out of the way."""
    checks = "select conname from pg_constraint where contype = 'c' and conrelid = $1::text::regclass"
    nobody = "'nobody'" if pointer["type"] == "bytea" else "0"
    attempt = world.transaction()
    await attempt.start()
    try:
        for check in await world.fetch(checks, pointer["table"]):
            await world.execute(f"alter table {pointer['table']} drop constraint {check[0]}")
        one = f"ctid = (select ctid from {pointer['table']} limit 1)"
        await world.execute(f"update {pointer['table']} set {pointer['column']} = {nobody} where {one}")
    except asyncpg.ForeignKeyViolationError as error:
        return str(error.constraint_name)
    finally:
        await attempt.rollback()
    return f"{pointer['rule']} did not fire"
