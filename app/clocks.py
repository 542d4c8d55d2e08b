"""How far this machine's clock is from the database's, by which everything is timed. For the worker and pages."""

import time

from app import sql

MOST_SKEW = 30.0  # seconds


async def apart() -> float:
    """Seconds by which the database's clock is ahead of ours."""
    before = time.time()
    theirs: float = await sql.value("SELECT extract(epoch FROM clock_timestamp())::float8")
    return theirs - (before + time.time()) / 2


async def warning() -> str:
    """One sentence while the clocks are too far apart, else nothing."""
    skew = await apart()
    if abs(skew) <= MOST_SKEW:
        return ""
    return f"This machine's clock and the database's are {abs(skew):.0f} s apart. Let both keep time by NTP."
