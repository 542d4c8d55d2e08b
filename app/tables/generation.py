"""One run of the writer on one post, and how far it came."""

from piccolo.columns import BigSerial, Integer, Numeric, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.person import Person
from app.tables.post import Post


class Generation(Table, tablename="generation"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    number = Integer(default=None)
    fence = Integer(default=0)
    asked_by = references(Person, null=True)
    stage = Text(null=True, default=None)
    tries = Integer(default=0)
    started_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    result = Text(null=True, default=None)
    error_kind = Text(null=True, default=None)
    error_note = Text(null=True, default=None)
    writer = Text(default=None)
    model = Text(null=True, default=None)
    prompt = Text(null=True, default=None)
    tokens_in = Integer(null=True, default=None)
    tokens_out = Integer(null=True, default=None)
    cost = Numeric(digits=(12, 6), null=True, default=None)
    images_wanted = Integer(default=0)  # how many pictures the draft asked for
