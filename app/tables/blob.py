"""A file's bytes under their SHA-256, here or in an object store under `key`.

`kept_at`, not in the first design: when somebody last brought the file; what nothing names is forgotten a day later.
"""

from piccolo.columns import Bytea, Integer, Text, Timestamptz
from piccolo.columns.defaults import TimestamptzNow
from piccolo.table import Table


class Blob(Table, tablename="blob"):
    sha256 = Bytea(primary_key=True, default=None)
    bytes = Bytea(null=True, default=None)
    key = Text(null=True, default=None)
    size = Integer(default=None)
    mime = Text(default=None)
    kept_at = Timestamptz(default=TimestamptzNow())
