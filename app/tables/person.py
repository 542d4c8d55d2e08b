"""Somebody who can sign in, and their role."""

from piccolo.columns import BigSerial, Bytea, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)
    email = Text(default=None)
    name = Text(default=None)
    role = Text(default=None)
    password_hash = Text(null=True, default=None)
    totp_secret = Bytea(null=True, default=None)
    zone = Text(null=True, default=None)
    disabled_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
