"""An image the product owns: drawn, uploaded or imported. Status: moves.py only."""

from piccolo.columns import UUID, BigSerial, Integer, Text, Timestamptz
from piccolo.table import Table

from app.tables.blob import Blob
from app.tables.columns import references
from app.tables.generation import Generation
from app.tables.post import Post


class Media(Table, tablename="media"):
    id = BigSerial(primary_key=True)
    asset_id = UUID(unique=True)
    post = references(Post, null=True)
    generation = references(Generation, null=True)  # which run drew it
    status = Text(default=None)
    version = Integer(default=1)
    source = Text(default=None)
    source_url = Text(null=True, default=None)
    prompt = Text(null=True, default=None)
    alt = Text()
    blob = references(Blob, null=True)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    original_name = Text(null=True, default=None)
    error_kind = Text(null=True, default=None)
    error_message = Text(null=True, default=None)
    tries = Integer(default=0)
    fence = Integer(default=0)
    next_at = Timestamptz(null=True, default=None)
