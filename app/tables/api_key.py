"""A machine's key, never more powerful than its owner."""

from piccolo.columns import Array, BigSerial, Bytea, Text, Timestamptz
from piccolo.table import Table

from app.tables.columns import references
from app.tables.person import Person


class ApiKey(Table, tablename="api_key"):
    id = BigSerial(primary_key=True)
    prefix = Text(default=None, unique=True)
    secret_sha256 = Bytea(default=None)
    owner = references(Person)
    name = Text(default=None)
    scopes = Array(base_column=Text(), default=None)
    expires_at = Timestamptz(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
