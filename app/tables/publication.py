"""One run of publishing a post, at most one open per post. Status: moves.py only."""

from piccolo.columns import BigSerial, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.post import Post
from app.tables.seal import Seal


class Publication(Table, tablename="publication"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    number = Integer(default=None)
    kind = Text(default=None)
    seal = references(Seal)
    status = Text(default=None)
    version = Integer(default=1)
    due_at = Timestamptz(null=True, default=None)
    held_for = Text(null=True, default=None)
    held_at = Timestamptz(null=True, default=None)
    next_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    completed_at = Timestamptz(null=True, default=None)
    canceled_at = Timestamptz(null=True, default=None)
