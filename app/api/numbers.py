"""Numbers in the addresses of the API, read strictly. For its doors."""

from typing import Annotated

from litestar.exceptions import ClientException
from msgspec import Meta

USUAL, MOST = 50, 100
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]  # of a row, as the database counts


def number_of(text: str | None, name: str, *, least: int = 1) -> int | None:
    """A whole number, or None where none was sent; 400 for anything else."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= least):
        raise ClientException(f"{name} is a number from {least}.")
    return int(text)


def limit_of(text: str | None) -> int:
    """How many of a page: 1 to 100, usually 50."""
    most = number_of(text, "limit")
    if most is not None and not 1 <= most <= MOST:
        raise ClientException(f"limit is a number from 1 to {MOST}.")
    return most or USUAL
