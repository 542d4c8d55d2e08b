"""One person's unsaved typing on one post (autosave). Unique (post, person)."""

from piccolo.columns import JSONB, BigSerial, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import belongs_to, references
from app.tables.person import Person
from app.tables.post import Post
from app.tables.revision import Revision


class DraftCopy(Table, tablename="draft_copy"):
    id = BigSerial(primary_key=True)
    post = belongs_to(Post)
    person = belongs_to(Person)
    based_on = references(Revision, null=True)
    fields = JSONB(default=None)
    saved_at = Timestamptz(default=TimestamptzNow())
