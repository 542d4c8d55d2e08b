"""Saved views of the posts list: the links above it, and the page where they are saved, renamed and forgotten."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import sql
from app.access import RANK
from app.flow import saved_views
from app.moves import Refused
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, given, read, text, typed_in
from app.pages.posts_filters import Wanted, wanted
from app.pages.render import Page, by_htmx, page, partial, see_other
from app.sessions import Who

VIEWS = """
SELECT v.id, v.name, v.query, v.shared, v.person = $1 AS mine, n.name AS owner FROM saved_view v
JOIN person n ON n.id = v.person WHERE v.person = $1 OR v.shared ORDER BY v.person <> $1, lower(v.name), v.id LIMIT 150
"""
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Link:
    """A view as a link above the list; `current` when it is what is shown."""

    id: str
    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class View:
    """A view on its page: its owner may rename it, an editor may forget one of the team's."""

    id: int
    name: str
    href: str
    shared: bool
    mine: bool
    owner: str
    forgettable: bool


@dataclass(frozen=True, slots=True)
class ViewForm:
    name: str = text(LONGEST)
    query: str = text(2000, required=False)
    shared: bool = given(default=False)


@dataclass(frozen=True, slots=True)
class ChangeForm:
    do: str = choice("change", "forget")
    name: str = text(LONGEST, required=False)
    shared: bool = given(default=False)


@dataclass(frozen=True, slots=True)
class ViewsPage:
    """`query`: the filters that can be saved now; empty when nothing is filtered."""

    views: tuple[View, ...]
    query: str
    shares: bool
    typed: dict[str, str]
    errors: dict[str, str]
    level: int


async def links(who: Who, want: Wanted) -> tuple[Link, ...]:
    """The one everybody has, then one's own and the team's."""
    week = Wanted(owner=who.id, when="week", sort="publishes").query()
    found = [("mine", "Mine this week", week)]
    found += [(str(row["id"]), row["name"], row["query"]) for row in await sql.rows(VIEWS, who.id)]
    here = want.query()
    return tuple(Link(f"view-{key}", name, f"/posts?{query}", query == here) for key, name, query in found)


@get("/posts/views")
async def views_page(request: Request[Who, Any, Any]) -> Page:
    return await _shown(request, wanted(request.query_params).query(), {}, {})


@post("/posts/views")
async def save(request: Request[Who, Any, Any]) -> Response[Any]:
    typed = await typed_in(request, ViewForm)
    query = wanted(dict(parse_qsl(typed.get("query", "")))).query()
    try:
        form = await read(request, ViewForm)
        await saved_views.save(form.name, query, shared=form.shared, by=by_person(request.user))
    except Invalid as wrong:
        return await _shown(request, query, typed, wrong.errors)
    except Refused as refused:
        return await _shown(request, query, typed, {"name": refused.reason}, status=403 if refused.forbidden else 422)
    return see_other(f"/posts?{query}" if query else "/posts", flash=f"Saved as “{form.name}”.")


@post("/posts/views/{id:int}")
async def change(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    try:
        form = await read(request, ChangeForm)
        return see_other("/posts/views", flash=await _changed(id, form, request.user))
    except Invalid as wrong:
        return await _shown(request, "", {}, {f"name-{id}": error for error in wrong.errors.values()})
    except Refused as refused:
        errors, status = {f"name-{id}": refused.reason}, 403 if refused.forbidden else 422
        return await _shown(request, "", {}, errors, status=status)
    except LookupError as missing:
        raise NotFoundException("This view is gone.") from missing


async def _changed(view: int, form: ChangeForm, who: Who) -> str:
    """What was done, for the flash."""
    if form.do == "forget":
        await saved_views.forget(view, by=by_person(who))
        return "Forgotten."
    if not form.name:
        raise Invalid({"name": "Write something here."})
    await saved_views.change(view, form.name, shared=form.shared, by=by_person(who))
    return "Changed."


async def _shown(
    request: Request[Who, Any, Any], query: str, typed: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> Page:
    who, inside = request.user, by_htmx(request)
    shares = RANK[who.role] >= RANK["editor"]
    views = tuple(
        View(row["id"], row["name"], f"/posts?{row['query']}", row["shared"], row["mine"], row["owner"],
             row["mine"] or shares) for row in await sql.rows(VIEWS, who.id)
    )  # fmt: skip
    context = ViewsPage(views, query, shares, typed, errors, 2 if inside else 1)
    status = 422 if errors and status == 200 else status
    if inside:
        return partial("views/_views.html", context, request=request, status=status)
    return await page("views/page.html", context, request=request, title="Saved views", nav="posts", status=status)
