"""A failing check that somebody let pass, by name, for one revision. Unique (revision, name)."""

from piccolo.columns import BigSerial, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.person import Person
from app.tables.revision import Revision


class Waiver(Table, tablename="waiver"):
    id = BigSerial(primary_key=True)
    revision = references(Revision)
    name = Text(default=None)  # of the check: alt, links, duplicate, fits-3
    person = references(Person)
    note = Text(default=None)
    at = Timestamptz(default=TimestamptzNow())
