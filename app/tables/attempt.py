"""One mutating call of one delivery, written down before it is made; at most one open per lane."""

from piccolo.columns import UUID, BigSerial, Bytea, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.delivery import Delivery


class Attempt(Table, tablename="attempt"):
    id = BigSerial(primary_key=True)
    delivery = references(Delivery)
    number = Integer(default=None)
    intent = Text(default=None)
    step = Text(default=None)
    fence = UUID(unique=True)
    lane = Text(null=True, default=None)
    opened_at = Timestamptz(default=TimestamptzNow())
    lease_until = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
    outcome = Text(null=True, default=None)
    request_sha256 = Bytea(null=True, default=None)
    http_status = Integer(null=True, default=None)
    answer = Text(null=True, default=None)
    error_kind = Text(null=True, default=None)
    next_action = Text(null=True, default=None)
    why = Text(null=True, default=None)
    late_answer = Text(null=True, default=None)
