"""A move that happened: who, when, from, to, why. Append-only by trigger; written by moves.py."""

from piccolo.columns import JSONB, BigInt, BigSerial, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.api_key import ApiKey
from app.tables.columns import references
from app.tables.person import Person
from app.tables.post import Post


class Event(Table, tablename="event"):
    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow())
    about = Text(default=None)
    about_id = BigInt(default=None)
    version = Integer(null=True, default=None)
    post = references(Post, null=True)
    move = Text(default=None)
    from_status = Text(null=True, default=None)
    to_status = Text(null=True, default=None)
    by_kind = Text(default=None)
    person = references(Person, null=True)
    key = references(ApiKey, null=True)
    note = Text(null=True, default=None)
    facts = JSONB(default={})
