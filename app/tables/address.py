"""A slug a post is or was known by; kept for ever, so old addresses redirect."""

from piccolo.columns import Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.post import Post


class Address(Table, tablename="address"):
    slug = Text(primary_key=True, default=None)
    post = references(Post)
    created_at = Timestamptz(default=TimestamptzNow())
