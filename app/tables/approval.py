"""One person's or guest's vote for one digest of a post."""

from piccolo.columns import BigSerial, Bytea, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.person import Person
from app.tables.post import Post


class Approval(Table, tablename="approval"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    digest = Bytea(default=None)
    person = references(Person, null=True)
    guest = Text(null=True, default=None)
    at = Timestamptz(default=TimestamptzNow())
    voided_at = Timestamptz(null=True, default=None)
