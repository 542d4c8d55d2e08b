"""An immutable snapshot of a post's words; a trigger refuses update and delete. Unique (post, number)."""

from piccolo.columns import BigSerial, Bytea, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references, references_sibling
from app.tables.generation import Generation
from app.tables.person import Person
from app.tables.post import Post


class Revision(Table, tablename="revision"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    number = Integer(default=None)
    title = Text(default=None)
    slug = Text(default=None)
    excerpt = Text()
    body = Text(default=None)
    body_html = Text(default=None)
    body_sha256 = Bytea(default=None)
    origin = Text(default=None)
    person = references(Person, null=True)
    generation = references(Generation, null=True)
    based_on = references_sibling()
    gaps = Integer(default=0)  # how many `[write: …]` are still open in it
    created_at = Timestamptz(default=TimestamptzNow())
