"""The words a post is found by, kept by triggers on post and revision; nobody else writes it. Not in schema.sql."""

from typing import Any

from piccolo.columns import Column
from piccolo.table import Table

from app.tables.columns import references
from app.tables.post import Post


class TsVector(Column):
    """PostgreSQL's sorted lexemes; only SQL makes and reads them."""

    value_type = str

    def __init__(self, default: None = None, **kwargs: Any) -> None:
        self.default = default
        super().__init__(default=default, **kwargs)


class SearchEntry(Table, tablename="search_entry"):
    post = references(Post, primary_key=True)
    words = TsVector(default=None)
