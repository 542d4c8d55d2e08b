"""Which of somebody's notices a page shows: newest first, keyset, all or the unseen ones. Read-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from asyncpg import Record

from app import sql
from app.pages.posts_filters import BIGGEST_ID

PAGE = 50
PAGE_OF = "SELECT id FROM notice WHERE person = $1 AND id < $2{unseen} ORDER BY id DESC LIMIT $3"
UNSEEN = " AND seen_at IS NULL"
NEWEST = "SELECT id FROM notice WHERE person = $1 AND seen_at IS NULL ORDER BY id DESC LIMIT 1"
MINE = "SELECT id, seen_at IS NOT NULL AS seen FROM notice WHERE id = $1 AND person = $2"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; `before` is the last notice of the page before."""

    unseen: bool = False
    before: int = BIGGEST_ID

    def address(self, before: int = 0) -> str:
        parts = {"show": "unseen" if self.unseen else "", "before": before or ""}
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"/notices?{query}" if query else "/notices"


def wanted(sent: Mapping[str, str]) -> Wanted:
    """A lost place is page one; a filter that means nothing shows everything."""
    typed = sent.get("before", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 19 else 0
    return Wanted(sent.get("show") == "unseen", number if 0 < number <= BIGGEST_ID else BIGGEST_ID)


async def ids(person: int, want: Wanted) -> list[int]:
    """A page of them, and one more when there is more."""
    statement = PAGE_OF.format(unseen=UNSEEN if want.unseen else "")
    return [row["id"] for row in await sql.rows(statement, person, want.before, PAGE + 1)]


async def newest_unseen(person: int) -> int:
    """0 when everything was seen."""
    return await sql.value(NEWEST, person) or 0


async def mine(notice: int, person: int) -> Record | None:
    return await sql.row(MINE, notice, person)
