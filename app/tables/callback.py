"""One call of a platform that was believed, kept before it is answered. Unique (channel, event_id). By flow/callbacks.

Not in schema.sql. `said` is what we understand of it; nothing there: a kind of message that is none of ours. `body` is
for people to read, cut and with secrets masked; what it was is told by `body_sha256`.
"""

from piccolo.columns import JSONB, BigSerial, Bytea, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.channel import Channel
from app.tables.columns import references
from app.tables.delivery import Delivery


class Callback(Table, tablename="callback"):
    id = BigSerial(primary_key=True)
    channel = references(Channel)
    event_id = Text(default=None)
    scheme = Text(default=None)
    type = Text(default="")
    at = Timestamptz(default=None)  # when the platform said it
    received_at = Timestamptz(default=TimestamptzNow())
    body = Text(default="")
    body_sha256 = Bytea(default=None)
    headers = JSONB(default={})
    said = JSONB(null=True, default=None)
    delivery = references(Delivery, null=True)
    next_at = Timestamptz(null=True, default=None)
    tries = Integer(default=0)
    settled_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
    note = Text(null=True, default=None)
