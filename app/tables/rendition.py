"""A revision's text for one channel: the edited fields only. Unique (revision, channel)."""

from piccolo.columns import JSONB, BigSerial
from piccolo.table import Table

from app.tables.channel import Channel
from app.tables.columns import references
from app.tables.revision import Revision


class Rendition(Table, tablename="rendition"):
    id = BigSerial(primary_key=True)
    revision = references(Revision)
    channel = references(Channel)
    fields = JSONB(default=None)
