"""What the sandbox channel received, in order, and what it did with it. Written by the sandbox only."""

from piccolo.columns import JSONB, BigSerial, Boolean, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.channel import Channel
from app.tables.columns import references


class Rehearsal(Table, tablename="rehearsal"):
    id = BigSerial(primary_key=True)
    channel = references(Channel)
    key = Text(default=None)
    at = Timestamptz(default=TimestamptzNow())
    verb = Text(default=None)
    content = JSONB(default={})
    remote_id = Text(null=True, default=None)
    live = Boolean(default=False)
    effect_number = Integer(default=0)
