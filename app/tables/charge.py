"""What a successful generation costs of the month's quota: one row per generation, never two."""

from piccolo.columns import Date, Integer
from piccolo.table import Table

from app.tables.columns import references
from app.tables.generation import Generation


class Charge(Table, tablename="charge"):
    generation = references(Generation, primary_key=True)
    month = Date(default=None)
    units = Integer(default=1)
