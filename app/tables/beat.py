"""A worker's heartbeat, so that the desk can say whether anybody is at work."""

from piccolo.columns import Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Beat(Table, tablename="beat"):
    worker = Text(primary_key=True, default=None)
    kind = Text(default=None)
    started_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())
