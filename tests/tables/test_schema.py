"""The tables as Piccolo declares them, the tables as they are, and the lifecycles say the same."""

import re
from typing import get_args

import asyncpg
import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.columns import BigSerial, ForeignKey
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

import app.tables
from app.lifecycles import delivery, media, post, publication
from app.lifecycles.facts import STANDING
from app.piccolo_app import APP_CONFIG
from app.piccolo_conf import DB
from app.platforms.contract import ErrorKind

TABLES: tuple[type[Table], ...] = tuple(getattr(app.tables, name) for name in app.tables.__all__)
COLUMNS = """
select table_name, column_name, is_nullable = 'YES', data_type, column_default from information_schema.columns
 where table_schema = 'public' and table_name <> 'migration'
"""
DEFINITION = "select pg_get_constraintdef(oid) from pg_constraint where conname = $1"
INDEX = "select indexdef from pg_indexes where indexname = $1"
POINTERS = """
select conrelid::regclass::text, attname::text from pg_constraint
  join pg_attribute on attrelid = conrelid and attnum = conkey[1]
 where contype = 'f' and not condeferrable and connamespace = 'public'::regnamespace
"""


async def ask(statement: str, *values: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(**DB.config)
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


async def words(statement: str, name: str) -> list[str]:
    """The quoted words of a rule's definition, in order."""
    return re.findall(r"'(\w+)'::text", (await ask(statement, name))[0][0])


def declared(table: type[Table]) -> set[tuple[str, str, bool, str]]:
    name = table._meta.tablename
    return {(name, c._meta.name, c._meta.null, _type(c)) for c in table._meta.columns}


def _type(column: object) -> str:
    """The SQL type information_schema reports for a Piccolo column."""
    kind = "BIGINT" if isinstance(column, BigSerial) else str(column.column_type)  # type: ignore[attr-defined]
    kind = re.sub(r"\(.*\)", "", kind).replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE").lower()
    return "ARRAY" if kind.endswith("[]") else {"time": "time without time zone"}.get(kind, kind)


async def test_columns_types_and_nullability_are_those_the_tables_declare() -> None:
    there = {tuple(record)[:4] for record in await ask(COLUMNS)}
    assert there == set().union(*map(declared, TABLES))


# Our noun is also the name of a Piccolo column we do not use; only a generated file could mix them up.
@pytest.mark.filterwarnings("ignore:Name 'Blob' could conflict")
async def test_the_auto_migration_finds_nothing_to_do() -> None:
    found = await AutoMigrationManager(auto_input="n").get_alter_statements(app_config=APP_CONFIG)
    assert [statement for alter in found for statement in alter.statements] == []


async def test_piccolo_knows_every_table_that_is_exported() -> None:
    assert set(APP_CONFIG.table_classes) == set(TABLES)


async def test_the_statuses_in_the_database_are_those_of_the_lifecycles() -> None:
    for name, lifecycle in (
        ("post", post),
        ("publication", publication),
        ("delivery", delivery),
        ("media", media),
    ):
        assert sorted(await words(DEFINITION, f"{name}_status_known")) == sorted(lifecycle.STATUSES), name


async def test_the_error_kinds_in_the_database_are_those_platforms_answer_with() -> None:
    assert sorted(await words(DEFINITION, "delivery_error_kind_known")) == sorted(get_args(ErrorKind))


async def test_what_stands_in_the_way_is_the_same_list_everywhere() -> None:
    assert set(await words(INDEX, "delivery_one_standing")) == {"create", *STANDING}
    assert set(await words(INDEX, "publication_one_open")) == set(publication.OPEN)


async def test_a_plain_insert_finds_the_defaults_the_tables_declare() -> None:
    there = {(r[0], r[1]) for r in await ask(COLUMNS) if r[4] and not r[4].startswith("NULL")}
    with_default = {
        (table._meta.tablename, c._meta.name)
        for table in TABLES
        for c in table._meta.columns
        if isinstance(c, BigSerial) or c.get_default_value() is not None
    }
    assert there == with_default


async def test_instants_are_the_databases_now_when_nobody_gives_one() -> None:
    there = {(r[0], r[1]) for r in await ask(COLUMNS) if r[4] == "CURRENT_TIMESTAMP"}
    assert there == {
        (table._meta.tablename, c._meta.name)
        for table in TABLES
        for c in table._meta.columns
        if isinstance(c.get_default_value(), TimestamptzNow)
    }


async def test_every_declared_pointer_is_held_by_the_database() -> None:
    assert {tuple(record) for record in await ask(POINTERS)} == {
        (table._meta.tablename, c._meta.name) for table in TABLES for c in table._meta.foreign_key_columns
    }


def test_every_pointer_is_as_wide_as_what_it_points_at() -> None:
    narrow = [
        f"{table.__name__}.{column._meta.name}"
        for table in TABLES
        for column in table._meta.columns
        if isinstance(column, ForeignKey) and column.column_type not in ("BIGINT", "BYTEA")
    ]
    assert narrow == []
