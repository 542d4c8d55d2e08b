"""Ends sessions of ours that stand still inside a statement, so that their row locks free. Called by the worker.

A process can stop for good (paused, swapped out, cut off) between telling PostgreSQL a statement and its values:
asyncpg prepares in one message and executes in the next. PostgreSQL then waits for the rest with the transaction
open, and none of its timeouts counts: the session is neither idle nor executing (`transaction_timeout` would, from
PostgreSQL 17 on). A worker that goes on afterwards finds its connection gone, and its transaction undone.
"""

from app import sql

SECONDS = 30.0  # as long as an idle transaction may last (app/piccolo_conf.py)
# Whoever copies a table in may send its rows slowly.
END = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = 'galley'
  AND state = 'active' AND wait_event = 'ClientRead' AND query_start < now() - make_interval(secs => $1)
  AND query NOT ILIKE 'COPY%' AND pid <> pg_backend_pid()
"""


async def end(seconds: float = SECONDS) -> int:
    """End those that have waited for `seconds`; how many there were."""
    ended: int = await sql.value(END, seconds)
    return ended
