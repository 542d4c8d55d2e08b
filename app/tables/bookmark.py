"""How far a sweep has read the events: one row for each reader. Written by flow/notices.py; not in schema.sql."""

from piccolo.columns import BigInt, BigSerial, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Bookmark(Table, tablename="bookmark"):
    id = BigSerial(primary_key=True)
    reader = Text(default=None)  # unique
    event = BigInt(default=None)  # everything up to here was read, whenever it was committed
    ahead = BigInt(default=None)  # this far was read at a glance
    horizon = BigInt(default=None)  # the first transaction that began after that glance
    at = Timestamptz(default=TimestamptzNow())
