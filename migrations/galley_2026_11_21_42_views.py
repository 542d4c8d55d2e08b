"""Saved views of the posts list, and the words that posts are found by."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import BigSerial, Boolean, ForeignKey, OnDelete, OnUpdate, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.search_entry import TsVector  # Piccolo compares columns by their class

ID = "2026-11-21T00:00:42:000000"
VERSION = "1.38.0"
DESCRIPTION = "saved views and words to search"


# Made by earlier migrations; here only to be pointed at.
class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)


class SavedView(Table, tablename="saved_view"):
    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action, null=False)
    name = Text(default=None)
    query = Text(default="")
    shared = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow())


class SearchEntry(Table, tablename="search_entry"):
    post = ForeignKey(Post, primary_key=True, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action, null=False)
    words = TsVector(default=None)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="galley", description=DESCRIPTION)
    for table in (SavedView, SearchEntry):
        manager.add_table(table.__name__, tablename=table._meta.tablename)
        for column in table._meta.columns:
            manager.add_column(
                table_class_name=table.__name__, tablename=table._meta.tablename, column_name=column._meta.name,
                column_class=type(column), params=column._meta.params,
            )  # fmt: skip
    return manager
