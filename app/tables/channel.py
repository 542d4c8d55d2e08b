"""A connected account on a platform, its secret sealed. Never deleted, only disconnected."""

from piccolo.columns import JSONB, BigSerial, Bytea, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Channel(Table, tablename="channel"):
    id = BigSerial(primary_key=True)
    platform = Text(default=None)
    name = Text(default=None)
    lane = Text(null=True, default=None)
    settings = JSONB(default={})
    secret = Bytea(null=True, default=None)
    secret_kid = Text(null=True, default=None)
    hook_token_sha256 = Bytea(null=True, default=None, unique=True)
    broken_kind = Text(null=True, default=None)
    broken_at = Timestamptz(null=True, default=None)
    paused_at = Timestamptz(null=True, default=None)
    disconnected_at = Timestamptz(null=True, default=None)
    token_expires_at = Timestamptz(null=True, default=None)
    refreshing_until = Timestamptz(null=True, default=None)  # one worker renews the token; the others wait for it
    checked_at = Timestamptz(null=True, default=None)
    last_success_at = Timestamptz(null=True, default=None)
    next_free_at = Timestamptz(default=TimestamptzNow())
    next_at = Timestamptz(null=True, default=None)
