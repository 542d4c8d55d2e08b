"""Somebody who can sign in, their role, and how they want to be mailed.

The design's table (schema.sql) has no mail_… columns: they came with the notices by e-mail.
"""

from piccolo.columns import BigSerial, Boolean, Bytea, Integer, Text, Timestamptz
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
    mail_how = Text(default="daily")  # flow/mail_wishes.py: How
    mail_hour = Integer(default=8)  # of the daily digest, in this person's zone
    mail_urgent = Boolean(default=True)  # failures and mentions do not wait for the digest
    mail_next_at = Timestamptz(null=True, default=None)  # not before: a worker's claim, or the wait after a failure
    mail_tries = Integer(default=0)  # that failed since the last mail
    mail_note = Text(default="")  # what the mail server said to the last of them
    mail_refused_at = Timestamptz(null=True, default=None)  # the server takes nothing for this address
    mailed_at = Timestamptz(null=True, default=None)
    digested_at = Timestamptz(null=True, default=None)
