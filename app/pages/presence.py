"""The line that says who else has a post open: asks again by itself, and by asking says that its reader is here."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from app import sql
from app.flow import presence
from app.pages.beside import Here
from app.pages.render import Page, initials, partial
from app.sessions import Who

OTHERS = """
SELECT n.name, h.editing FROM presence h JOIN person n ON n.id = h.person
WHERE h.post = $1 AND h.person <> $2 AND h.seen_at > now() - interval '2 minutes' ORDER BY n.name
"""
MOST = 4


@dataclass(frozen=True, slots=True)
class Present:
    """Who else is here: `people` are name and initials; `sentence` is empty when nobody is."""

    post: int
    people: tuple[tuple[str, str], ...] = ()
    sentence: str = ""
    editing: int = 0


@get("/posts/{id:int}/presence")
async def presence_line(request: Request[Who, Any, Any], id: FromPath[int], editing: FromQuery[int] = 0) -> Page:
    if await sql.value("SELECT 1 FROM post WHERE id = $1", id) is None:
        raise NotFoundException("This post is gone.")
    await presence.stay(id, request.user.id, editing=bool(editing))
    present = await beside(id, request.user.id, editing=bool(editing))
    return partial("posts/_presence.html", {"present": present}, request=request)


async def beside(post: int, person: int, *, editing: bool = False) -> Present:
    """Who else has the post open beside this person."""
    others = [Here(found["name"], found["editing"]) for found in await sql.rows(OTHERS, post, person)]
    return present_of(post, others, editing=editing)


def present_of(post: int, others: list[Here] | tuple[Here, ...], *, editing: bool = False) -> Present:
    people = tuple((one.name, initials(one.name)) for one in others[:MOST])
    return Present(post, people, _sentence(others), int(editing))


def _sentence(others: list[Here] | tuple[Here, ...]) -> str:
    """Mara is editing; Jonas has it open now."""
    writing = [one.name for one in others if one.editing]
    reading = [one.name for one in others if not one.editing]
    told = [f"{_joined(writing)} {'is' if len(writing) == 1 else 'are'} editing"] if writing else []
    told += [f"{_joined(reading)} {'has' if len(reading) == 1 else 'have'} it open now"] if reading else []
    return "; ".join(told)


def _joined(names: list[str]) -> str:
    shown = [*names[:3], f"{len(names) - 3} more"] if len(names) > 3 else names
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
