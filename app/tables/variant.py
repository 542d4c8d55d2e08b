"""A smaller copy of a file: for pages of a width, or light enough for a channel. Unique (source, purpose).

Not in the first design: `blob` is the source itself where no copy would weigh less. `purpose` is "width 640" or
"weight 2097152".
"""

from piccolo.columns import BigSerial, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.blob import Blob
from app.tables.columns import references


class Variant(Table, tablename="variant"):
    id = BigSerial(primary_key=True)
    source = references(Blob)
    purpose = Text(default=None)
    blob = references(Blob)
    width = Integer(null=True, default=None)
    height = Integer(null=True, default=None)
    made_at = Timestamptz(default=TimestamptzNow())
