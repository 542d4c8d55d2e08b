"""Which revision of a post a person saw last, for "changes since your last look". Unique (post, person)."""

from piccolo.columns import BigSerial, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import belongs_to, references
from app.tables.person import Person
from app.tables.post import Post
from app.tables.revision import Revision


class Look(Table, tablename="look"):
    id = BigSerial(primary_key=True)
    post = belongs_to(Post)
    person = belongs_to(Person)
    revision = references(Revision)
    at = Timestamptz(default=TimestamptzNow())
