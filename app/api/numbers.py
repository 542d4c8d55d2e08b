"""Numbers in the addresses of the API, read strictly. For its doors."""

from litestar.exceptions import ClientException

USUAL, MOST = 50, 100


def number_of(text: str, name: str) -> int | None:
    """A whole number, or None for nothing; 400 for anything else."""
    if text and not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0):
        raise ClientException(f"{name} is a number from 1.")
    return int(text) if text else None


def limit_of(text: str) -> int:
    """How many of a page: 1 to 100, usually 50."""
    most = number_of(text, "limit")
    if most is not None and not 1 <= most <= MOST:
        raise ClientException(f"limit is a number from 1 to {MOST}.")
    return most or USUAL
