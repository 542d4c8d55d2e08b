"""One publication on one channel; `key` is its idempotency key for life. Status: moves.py only."""

from piccolo.columns import JSONB, BigSerial, Integer, Text, Timestamptz
from piccolo.table import Table

from app.tables.channel import Channel
from app.tables.columns import references, references_sibling
from app.tables.post import Post
from app.tables.publication import Publication
from app.tables.seal import Seal


class Delivery(Table, tablename="delivery"):
    id = BigSerial(primary_key=True)
    publication = references(Publication)
    post = references(Post)
    channel = references(Channel)
    kind = Text(default=None)
    updates = references_sibling()  # the live delivery an update run points to
    status = Text(default=None)
    version = Integer(default=1)
    key = Text(default=None, unique=True)
    generation = Integer(default=1)
    tries = Integer(default=0)
    next_at = Timestamptz(null=True, default=None)
    progress = JSONB(default={})
    remote_id = Text(null=True, default=None)
    remote_url = Text(null=True, default=None)
    remote_at = Timestamptz(null=True, default=None)
    live_seal = references(Seal, null=True)
    error_kind = Text(null=True, default=None)
    error_note = Text(null=True, default=None)
    published_at = Timestamptz(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)
    set_aside_at = Timestamptz(null=True, default=None)  # a second copy was ticked: it no longer counts as the one
    resurfaced_at = Timestamptz(null=True, default=None)  # reported live after it was taken back; a person decides
