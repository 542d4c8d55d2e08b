"""What the address of the posts list asks for: filters, order and place, read strictly, and addresses made of them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar.exceptions import ClientException

from app.lifecycles.post import GROUPS, STATUSES
from app.prose.clean import typed

SORTS = ("title", "status", "channels", "publishes", "owner", "updated", "match")
USUAL, BEST = "-updated", "-match"
WEEKS = {"week": 0, "next": 7}  # days from this week to the one whose posts are wanted
BIGGEST_ID, ID_DIGITS = 2**63 - 1, 19
LONGEST = 200
Day = date  # a field of Wanted is called date, as in the address
FILTERS = ("group", "status", "channel", "campaign", "owner", "date", "when", "q", "archived")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row a page stands before or after: the value it is sorted by, as PostgreSQL writes it, and its id."""

    key: str
    id: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of the list. `sort` begins with - when the largest comes first."""

    group: str = ""
    status: str = ""
    channel: int | None = None
    campaign: int | None = None
    owner: int | None = None
    date: Day | None = None
    when: str = ""
    q: str = ""
    archived: bool = False
    sort: str = USUAL
    after: Cursor | None = None
    before: Cursor | None = None

    @property
    def column(self) -> str:
        return self.sort.lstrip("-")

    @property
    def falling(self) -> bool:
        return self.sort.startswith("-")

    @property
    def filtered(self) -> int:
        """How many filters are set."""
        return sum(getattr(self, name) not in ("", None, False) for name in FILTERS)

    def address(self, **changes: Any) -> str:
        """The list's address with `changes`, from its first page unless they name a place."""
        query = self.query(**changes)
        return f"/posts?{query}" if query else "/posts"

    def query(self, **changes: Any) -> str:
        """The same without the path, for other addresses that take the list's filters."""
        given = {name: getattr(self, name) for name in (*FILTERS, "sort")} | changes
        parts = {name: _written(value) for name, value in given.items() if value not in ("", None, False)}
        if parts.get("sort") == USUAL:
            del parts["sort"]
        return urlencode(parts)

    @property
    def fields(self) -> dict[str, str]:
        """Filters and order as a form would send them."""
        return dict(parse_qsl(self.query()))


def wanted(sent: Mapping[str, str]) -> Wanted:
    """What `sent` asks for; 400 with a sentence for a value that means nothing, except a place: that is page one."""
    sort = sent.get("sort", "") or USUAL
    if sort.removeprefix("-") == "match" and not sent.get("q", "").strip():
        sort = USUAL  # nothing to match
    _demand(sort.removeprefix("-") in SORTS, f"The list cannot be sorted by “{sort}”.")
    return Wanted(
        group=one_of(sent, "group", tuple(GROUPS)),
        status=one_of(sent, "status", STATUSES),
        channel=number(sent, "channel"),
        campaign=number(sent, "campaign"),
        owner=number(sent, "owner"),
        date=_date(sent),
        when=one_of(sent, "when", tuple(WEEKS)),
        q=_words(sent),
        archived=one_of(sent, "archived", ("1",)) == "1",
        sort=sort,
        after=_cursor(sent.get("after", ""), sort),
        before=_cursor(sent.get("before", ""), sort),
    )


def one_of(sent: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The value of `name` if it is one of `choices`, "" if it is missing, else 400."""
    given = sent.get(name, "")
    _demand(not given or given in choices, f"There is no {name} “{given}” to filter by.")
    return given


def number(sent: Mapping[str, str], name: str) -> int | None:
    """The id in `name`, None if it is missing, else 400."""
    given = sent.get(name, "")
    written = given.isascii() and given.isdigit() and len(given) <= ID_DIGITS
    sound = not given or (written and 1 <= int(given) <= BIGGEST_ID)
    _demand(sound, f"There is no {name} “{given}” to filter by.")
    return int(given) if given else None


def _date(sent: Mapping[str, str]) -> Day | None:
    given = sent.get("date", "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as wrong:
        raise ClientException(f"“{given}” is no day; write it like 2026-11-24.") from wrong


def _words(sent: Mapping[str, str]) -> str:
    try:
        return typed(sent.get("q", ""), LONGEST, multiline=False)
    except ValueError as wrong:
        raise ClientException(f"The search words could not be read. {wrong}") from wrong


def _demand(sound: bool, sentence: str) -> None:
    if not sound:
        raise ClientException(sentence)


def _written(value: Any) -> str:
    if isinstance(value, Cursor):
        return urlsafe_b64encode(json.dumps([value.key, value.id]).encode()).decode().rstrip("=")
    return "1" if value is True else str(value)


def _cursor(sent: str, sort: str) -> Cursor | None:
    """The place an address of ours names, or None for anything else."""
    try:
        key, number = json.loads(urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
        sound = type(number) is int and 0 < number <= BIGGEST_ID
        return Cursor(_sound(key, sort.lstrip("-")), number) if sound else None
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _sound(key: str, column: str) -> str:
    """The key as PostgreSQL surely reads it as the column's type; ValueError for what it would not."""
    if column == "status":
        return str(min(max(int(key), 0), len(STATUSES)))
    if column in ("publishes", "updated"):
        return key if key == "infinity" else datetime.fromisoformat(key).astimezone(UTC).isoformat()
    if column == "match":
        return str(float(key))
    if "\0" in key or len(key.encode()) > 4000:
        raise ValueError("unreadable")
    return key
