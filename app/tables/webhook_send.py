"""One event on its way to one endpoint. Put in line by a trigger, in the transaction that wrote the event.

Not in schema.sql. A send without an event is a test that somebody asked for. `key` and not the id makes the
webhook-id: after a restore ids are given out again, and a receiver would take news for a repetition.
"""

from piccolo.columns import JSONB, UUID, BigSerial, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.endpoint import Endpoint
from app.tables.event import Event


class WebhookSend(Table, tablename="webhook_send"):
    id = BigSerial(primary_key=True)
    endpoint = references(Endpoint)
    event = references(Event, null=True)
    key = UUID(unique=True)
    type = Text(default=None)
    data = JSONB(null=True, default=None)  # as it was sent first: a repetition says the same
    queued_at = Timestamptz(default=TimestamptzNow())  # by the event, or by whoever sent it again
    next_at = Timestamptz(null=True, default=None)
    fence = UUID(null=True, default=None)  # of whoever is sending it
    tries = Integer(default=0)
    log = JSONB(default=[])  # the newest tries: at, status, ms, note, answer
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
