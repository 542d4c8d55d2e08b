"""A rule that our own rows broke, from when the self-check first saw it until it is gone. Written by self_check."""

from piccolo.columns import BigInt, BigSerial, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.post import Post


class Breach(Table, tablename="breach"):
    id = BigSerial(primary_key=True)
    name = Text(default=None)  # which check found it
    about = Text(default=None)
    about_id = BigInt(default=None)
    post = references(Post, null=True)
    note = Text(default="")
    first_seen_at = Timestamptz(default=TimestamptzNow())
    last_seen_at = Timestamptz(default=TimestamptzNow())
    gone_at = Timestamptz(null=True, default=None)
