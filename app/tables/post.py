"""A post: one piece of content on its way, and the lock of all that belongs to it. Status: moves.py only."""

from piccolo.columns import UUID, BigInt, BigSerial, Date, Integer, Text, Time, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.api_key import ApiKey
from app.tables.campaign import Campaign
from app.tables.columns import references
from app.tables.person import Person


class Post(Table, tablename="post"):
    id = BigSerial(primary_key=True)
    status = Text(default=None)
    version = Integer(default=1)
    title = Text(default=None)
    keyword = Text()
    angle = Text()
    brief = Text()
    campaign = references(Campaign, null=True)
    author = references(Person, null=True)
    planned_on = Date(null=True, default=None)
    planned_time = Time(null=True, default=None)
    zone = Text(default=None)
    publish_at = Timestamptz(null=True, default=None)
    live_at = Timestamptz(null=True, default=None)  # the first of its live deliveries; a trigger keeps it
    # Circular with revision: the migration holds these two with deferred foreign keys.
    revision = BigInt(null=True, default=None)
    generated_revision = BigInt(null=True, default=None)
    created_by_key = references(ApiKey, null=True)
    form_token = UUID(null=True, default=None, unique=True)
    archived_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())
