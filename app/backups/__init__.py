"""A whole installation in one file: `dump` makes it, `load` brings it back. Called by commands only.

It copies rows through the connection the desk has anyway, table by table in one snapshot. pg_dump was rejected: it
must be as new as the server, and where only Python and a DATABASE_URL are given there is none.
"""
