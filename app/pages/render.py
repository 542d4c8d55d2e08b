"""Draws pages and partials: a template, one frozen context, and the frame of whoever asks. Used by every page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

from app import sql
from app.cookies import flash_cookie, flash_in, gone, visit_cookie
from app.csrf import new_binding, token_for
from app.pages.shell import Banner, Doorstep, Shell
from app.sessions import Team, Who

Context = Any
Page = Response[str]


@dataclass(frozen=True, slots=True)
class Attention:
    """The two numbers in the navigation."""

    inbox: int
    channels: int


ATTENTION = """
select
  (select count(*) from post where archived_at is null
    and status in ('generated_pending_review', 'modified_pending_review')) as inbox,
  (select count(*) from channel where broken_kind is not null and disconnected_at is null) as channels
"""


async def page(
    template: str,
    context: Context,
    *,
    request: Request[Who, Any, Any],
    title: str,
    nav: str = "",
    status: int = 200,
    banners: Sequence[Banner] = (),
) -> Page:
    """A whole page for somebody signed in."""
    counts = await attention()
    said = flash_in(request.cookies)
    shell = _shell(request, title, nav, counts, banners, said)
    body = draw(request, template, {**_names(context), "shell": shell})
    return Response(body, media_type=MediaType.HTML, status_code=status, cookies=[gone("flash")] if said else None)


def partial(
    template: str,
    context: Context,
    *,
    request: Request[Who, Any, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Page:
    """A piece of a page for htmx, with the same names in its template as on the page."""
    shell = _shell(request, "", "", Attention(0, 0), (), "")
    body = draw(request, template, {**_names(context), "shell": shell})
    return Response(body, media_type=MediaType.HTML, status_code=status, headers=dict(headers or {}))


def doorstep(
    template: str, context: Context, *, request: Request[Any, Any, Any], title: str, status: int = 200
) -> Page:
    """A page for somebody who is not signed in, whose forms are tied to a visitor's cookie."""
    known = request.scope["state"].get("binding", "")
    binding = known if known and request.user is None else new_binding()
    shell = Doorstep(title=title, csrf=token_for(binding), theme=request.cookies.get("theme", ""))
    body = draw(request, template, {**_names(context), "shell": shell})
    return Response(body, media_type=MediaType.HTML, status_code=status, cookies=[visit_cookie(binding)])


def see_other(path: str, *, flash: str = "", cookies: Sequence[Cookie] = ()) -> Page:
    """After a form was accepted: go and look there, with a sentence shown once."""
    said = [flash_cookie(flash)] if flash else []
    return Response(
        "", media_type=MediaType.TEXT, status_code=303, headers={"Location": path}, cookies=[*cookies, *said]
    )


def draw(request: Request[Any, Any, Any], template: str, names: Mapping[str, Any]) -> str:
    """The template's text. An unknown name in it raises."""
    return str(request.app.template_engine.get_template(template).render(**names))  # type: ignore[union-attr]


async def attention() -> Attention:
    """What waits for somebody, for the whole team."""
    row = await sql.row(ATTENTION)
    return Attention(row["inbox"], row["channels"]) if row else Attention(0, 0)


def _shell(
    request: Request[Who, Any, Any], title: str, nav: str, counts: Attention, banners: Sequence[Banner], said: str
) -> Shell:
    who, team = request.user, team_of(request)
    return Shell(
        title=title,
        team=team.name,
        person=who.name,
        initials=initials(who.name),
        role=who.role.capitalize(),
        nav=nav,
        csrf=who.csrf,
        inbox=counts.inbox,
        channels_wrong=counts.channels,
        theme=who.theme,
        keys_off=who.keys_off,
        banners=tuple(banners),
        flash=said,
    )


def team_of(request: Request[Any, Any, Any]) -> Team:
    """The team as it was when the request came."""
    team: Team = request.scope["state"]["team"]
    return team


def initials(name: str) -> str:
    """Nina Lorenz is NL, Nina is N."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def _names(context: Context) -> dict[str, Any]:
    if is_dataclass(context):
        return {part.name: getattr(context, part.name) for part in fields(context)}
    return dict(context)
