"""What people say about a post: threads of one level, perhaps beside a paragraph. Nothing is erased.

Diverges from schema.sql, which has no comments yet: `anchor` holds the whole paragraph (at most 1,000 characters),
so that a newer version can tell whether it still says the same.
"""

from piccolo.columns import UUID, BigSerial, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references, references_sibling
from app.tables.person import Person
from app.tables.post import Post
from app.tables.revision import Revision


class Comment(Table, tablename="comment"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    parent = references_sibling()
    person = references(Person, null=True)
    guest = Text(null=True, default=None)
    kind = Text(default="comment")  # or request: somebody asked for changes
    body = Text(default=None)
    anchor = Text(null=True, default=None)
    revision = references(Revision, null=True)  # the version it was written on
    form_token = UUID(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    edited_at = Timestamptz(null=True, default=None)
    deleted_at = Timestamptz(null=True, default=None)
    resolved_at = Timestamptz(null=True, default=None)
    resolved_by = references(Person, null=True)
