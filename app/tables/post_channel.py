"""Which channels a post is meant for. Unique (post, channel)."""

from piccolo.columns import BigSerial
from piccolo.table import Table

from app.tables.channel import Channel
from app.tables.columns import references
from app.tables.post import Post


class PostChannel(Table, tablename="post_channel"):
    id = BigSerial(primary_key=True)
    post = references(Post)
    channel = references(Channel)
