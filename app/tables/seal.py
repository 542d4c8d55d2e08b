"""The exact text that will be sent to every channel, and its digest. Sending reads it and never derives."""

from piccolo.columns import BigSerial, Bytea, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.api_key import ApiKey
from app.tables.columns import references
from app.tables.person import Person
from app.tables.post import Post
from app.tables.revision import Revision


class Seal(Table, tablename="seal"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    revision = references(Revision)
    digest = Bytea(default=None)
    content = Text(default=None)
    by_kind = Text(default=None)
    person = references(Person, null=True)
    key = references(ApiKey, null=True)
    sealed_at = Timestamptz(default=TimestamptzNow())
    voided_at = Timestamptz(null=True, default=None)
