"""A file a channel already holds, so that none is uploaded twice. Unique (channel, blob)."""

from piccolo.columns import BigSerial, Text
from piccolo.table import Table

from app.tables.blob import Blob
from app.tables.channel import Channel
from app.tables.columns import references


class Upload(Table, tablename="upload"):
    id = BigSerial(primary_key=True)
    channel = references(Channel)
    blob = references(Blob)
    remote_id = Text(default=None)
    remote_url = Text(null=True, default=None)
