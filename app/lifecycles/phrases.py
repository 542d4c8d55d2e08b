"""Numbers and names as sentences say them. For guards and whoever else tells people what is missing."""

DOUBTFUL = "A platform may hold it already: no clear answer came. Send it now, or wait for its time; it acts only once."


def counted(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def bounded(n: int, most: int) -> str:
    """The number, or 999+ where `most` is 1,000 and nobody counted any further."""
    return str(n) if n < most else f"{most - 1}+"


def joined(*names: str) -> str:
    """Ada, Bo and Cy."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
