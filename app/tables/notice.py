"""What somebody is told, once and until they look: made by flow/notices.py from events. Not in schema.sql.

The words are no column: pages make them of the kind and of how things stand when somebody reads.
"""

from piccolo.columns import BigInt, BigSerial, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.channel import Channel
from app.tables.columns import references
from app.tables.comment import Comment
from app.tables.delivery import Delivery
from app.tables.person import Person
from app.tables.post import Post


class Notice(Table, tablename="notice"):
    id = BigSerial(primary_key=True)
    person = references(Person)
    kind = Text(default=None)
    post = references(Post, null=True)
    comment = references(Comment, null=True)
    channel = references(Channel, null=True)
    delivery = references(Delivery, null=True)
    event = BigInt(null=True, default=None)  # what it tells of; unique with person and kind
    note = Text(default="")
    at = Timestamptz(default=TimestamptzNow())
    seen_at = Timestamptz(null=True, default=None)
    mailing_at = Timestamptz(null=True, default=None)  # the claim of the letter it goes into
    mailed_at = Timestamptz(null=True, default=None)
