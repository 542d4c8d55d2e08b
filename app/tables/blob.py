"""A file's bytes under their SHA-256, here or in an object store under `key`."""

from piccolo.columns import Bytea, Integer, Text
from piccolo.table import Table


class Blob(Table, tablename="blob"):
    sha256 = Bytea(primary_key=True, default=None)
    bytes = Bytea(null=True, default=None)
    key = Text(null=True, default=None)
    size = Integer(default=None)
    mime = Text(default=None)
