"""A view of the posts list that somebody named: filters and order as the address has them. Not in schema.sql."""

from piccolo.columns import BigSerial, Boolean, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table

from app.tables.columns import references
from app.tables.person import Person


class SavedView(Table, tablename="saved_view"):
    id = BigSerial(primary_key=True)
    person = references(Person)
    name = Text(default=None)  # unique for its person, whatever the case
    query = Text(default="")
    shared = Boolean(default=False)  # with the whole team
    created_at = Timestamptz(default=TimestamptzNow())
