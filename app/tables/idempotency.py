"""What a program was answered under its Idempotency-Key, kept for as long as it may ask again. Unique (owner, key).

Beyond data.md: written in the transaction of what it answers, so there is no row for what did not happen.
"""

from piccolo.columns import BigSerial, Bytea, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.api_key import ApiKey
from app.tables.columns import references


class Idempotency(Table, tablename="idempotency"):
    id = BigSerial(primary_key=True)
    owner = references(ApiKey)
    key = Text(default=None)
    request_sha256 = Bytea(default=None)
    status = Integer(default=None)
    answer = Bytea(default=None)
    created_at = Timestamptz(default=TimestamptzNow())
