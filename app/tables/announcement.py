"""Addresses of the blog on their way to search engines, at most 10,000 in one call. Written by flow/announcing.

Not in schema.sql. `result`: heard, refused (nobody would take it as it is) or given_up (it is no news any more).
"""

from piccolo.columns import Array, BigSerial, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Announcement(Table, tablename="announcement"):
    id = BigSerial(primary_key=True)
    urls = Array(base_column=Text(), default=list)
    made_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
    tries = Integer(default=0)  # of two workers that try the same, only the later one's outcome counts
    http_status = Integer(null=True, default=None)
    note = Text(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
