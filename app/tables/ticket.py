"""A link that lets somebody in once: set-up, invitation, password reset, guest review."""

from piccolo.columns import BigSerial, Bytea, Text, Timestamptz
from piccolo.table import Table

from app.tables.columns import belongs_to, references
from app.tables.person import Person
from app.tables.post import Post


class Ticket(Table, tablename="ticket"):
    id = BigSerial(primary_key=True)
    kind = Text(default=None)
    token_sha256 = Bytea(default=None, unique=True)
    person = belongs_to(Person, null=True)
    post = references(Post, null=True)
    digest = Bytea(null=True, default=None)
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
