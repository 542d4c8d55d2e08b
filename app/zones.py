"""The time zones people choose from, and a first guess. Pure; any storey may call it."""

import os
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

OLD = ("Etc/", "US/", "Canada/", "Brazil/", "Mexico/", "Chile/", "SystemV/", "posix/", "right/")


@cache
def zones() -> tuple[str, ...]:
    """Every zone named after a place, sorted, and UTC first."""
    return ("UTC", *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(OLD)))


def known(zone: str) -> bool:
    """Whether `zone` is one that can be computed with."""
    return zone in zones()


def guess() -> str:
    """The zone this machine runs in, else UTC; the browser improves on it where scripts run."""
    place = os.environ.get("TZ", "").lstrip(":") or _localtime()
    return place if known(place) else "UTC"


def _localtime() -> str:
    target = str(Path("/etc/localtime").resolve())
    return target.partition("zoneinfo/")[2]
