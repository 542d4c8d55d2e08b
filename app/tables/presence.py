"""Who has a post open, told by their page once a minute. Unique (post, person); older than two minutes is nobody."""

from piccolo.columns import BigSerial, Boolean, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.person import Person
from app.tables.post import Post


class Presence(Table, tablename="presence"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    person = references(Person)
    editing = Boolean(default=False)
    seen_at = Timestamptz(default=TimestamptzNow())
