"""What the links of one revision answered when the worker last asked. Unique (revision); next_at: to be asked."""

from piccolo.columns import JSONB, BigSerial, Timestamptz
from piccolo.table import Table

from app.tables.columns import references
from app.tables.revision import Revision


class LinkCheck(Table, tablename="link_check"):
    id = BigSerial(primary_key=True)
    revision = references(Revision)
    found = JSONB(default="[]")  # one {"url", "ok", "note"} for each link
    checked_at = Timestamptz(null=True, default=None)
    next_at = Timestamptz(null=True, default=None)
