"""A move that first has to ask platforms, from the click until it happens or ends with a reason."""

from piccolo.columns import JSONB, BigSerial, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.api_key import ApiKey
from app.tables.columns import references
from app.tables.person import Person
from app.tables.post import Post


class Recall(Table, tablename="recall"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    move = Text(default=None)
    person = references(Person, null=True)
    key = references(ApiKey, null=True)
    facts = JSONB(default={})
    asked_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
    note = Text(null=True, default=None)
