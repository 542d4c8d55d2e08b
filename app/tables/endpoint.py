"""An address that hears of moves as signed webhooks, its secrets sealed. Never deleted, only removed. By flow/webhooks.

Not in schema.sql. No `types` and no `campaign`: it hears of everything.
"""

from piccolo.columns import UUID, Array, BigSerial, Bytea, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.campaign import Campaign
from app.tables.columns import references
from app.tables.person import Person


class Endpoint(Table, tablename="endpoint"):
    id = BigSerial(primary_key=True)
    name = Text(default=None)
    url = Text(default=None)
    types = Array(base_column=Text(), default=list)
    campaign = references(Campaign, null=True)
    version = Integer(default=1)
    secret = Bytea(null=True, default=None)  # sealed: the present one, and the one before
    secret_kid = Text(null=True, default=None)
    rotated_at = Timestamptz(null=True, default=None)  # since when the one before is on its way out
    created_by = references(Person, null=True)
    created_at = Timestamptz(default=TimestamptzNow())
    form_token = UUID(null=True, default=None, unique=True)
    next_free_at = Timestamptz(default=TimestamptzNow())  # one call at a time, and a rest after trouble
    delivered_at = Timestamptz(null=True, default=None)
    failing_since = Timestamptz(null=True, default=None)  # nothing arrived since then
    paused_at = Timestamptz(null=True, default=None)
    paused_for = Text(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)
