"""Who was named in a comment with @, and since when they have seen it. Unique (comment, person)."""

from piccolo.columns import BigSerial, Timestamptz
from piccolo.table import Table

from app.tables.columns import references
from app.tables.comment import Comment
from app.tables.person import Person


class Mention(Table, tablename="mention"):
    id = BigSerial(primary_key=True)
    comment = references(Comment)
    person = references(Person)
    seen_at = Timestamptz(null=True, default=None)
