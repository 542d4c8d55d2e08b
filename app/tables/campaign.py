"""A parent of posts. Its state is derived from them and never stored.

Beyond schema.sql: a version against lost edits, the token of the form that made it, and whether it follows the
team's publishing mode (its own `mode` is then empty; empty without following schedules nothing at approval).
"""

from piccolo.columns import UUID, BigSerial, Boolean, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Campaign(Table, tablename="campaign"):
    id = BigSerial(primary_key=True)
    title = Text(default=None)
    brief = Text()
    version = Integer(default=1)
    mode = Text(null=True, default=None)
    follows_team = Boolean(default=False)
    approvals_needed = Integer(null=True, default=None)
    form_token = UUID(null=True, default=None, unique=True)
    archived_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
