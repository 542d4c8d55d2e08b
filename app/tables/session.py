"""A browser that is signed in; its token is stored as a digest only."""

from piccolo.columns import BigSerial, Bytea, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import belongs_to
from app.tables.person import Person


class Session(Table, tablename="session"):
    id = BigSerial(primary_key=True)
    token_sha256 = Bytea(default=None, unique=True)
    person = belongs_to(Person)
    created_at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    ip = Text(null=True, default=None)
    agent = Text(null=True, default=None)
