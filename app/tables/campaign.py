"""A parent of posts. Its state is derived from them and never stored."""

from piccolo.columns import BigSerial, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Campaign(Table, tablename="campaign"):
    id = BigSerial(primary_key=True)
    title = Text(default=None)
    brief = Text()
    mode = Text(null=True, default=None)
    approvals_needed = Integer(null=True, default=None)
    archived_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
