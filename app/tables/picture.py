"""Which image stands where in a revision; position 0 is the cover. Unique (revision, position)."""

from piccolo.columns import BigSerial, Integer, Text
from piccolo.table import Table

from app.tables.columns import references
from app.tables.media import Media
from app.tables.revision import Revision


class Picture(Table, tablename="picture"):
    id = BigSerial(primary_key=True)
    revision = references(Revision)
    position = Integer(default=None)
    media = references(Media)
    alt = Text()
