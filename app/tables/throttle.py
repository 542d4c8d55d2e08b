"""How often one key (an address, an e-mail) knocked within one window. Unique (key, window_at)."""

from piccolo.columns import BigSerial, Integer, Text, Timestamptz
from piccolo.table import Table


class Throttle(Table, tablename="throttle"):
    id = BigSerial(primary_key=True)
    key = Text(default=None)
    window_at = Timestamptz(default=None)
    hits = Integer(default=None)
