"""Draws pages and partials: a template, one frozen context, and the frame of whoever asks. Used by every page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

from app import sql
from app.cookies import flash_cookie, flash_in, gone, visit_cookie
from app.csrf import new_binding, token_for
from app.pages import frozen
from app.pages.forecast_marks import breach_banner
from app.pages.inbox_sections import ME, TOLD, acts, decides, waiting
from app.pages.shell import Banner, Doorstep, Shell
from app.sessions import Team, Who

Context = Any
Page = Response[str]


@dataclass(frozen=True, slots=True)
class Attention:
    """The numbers in the navigation, and for how many seconds no worker was seen (None: never)."""

    inbox: int
    channels: int
    silence: float | None = 0.0
    breaches: int = 0
    notices: int = 0


# What the inbox page counts, each part of it up to a hundred, since the number shows as 99+ and every page asks for it.
ATTENTION = f"""
{TOLD}
SELECT CASE WHEN (SELECT $3::boolean) THEN broken + (SELECT count(*) FROM ({waiting(100)}) waiting) ELSE 0 END
  + (SELECT count(*) FROM (SELECT 1 FROM mention m WHERE person = {ME} AND seen_at IS NULL AND EXISTS (SELECT 1
      FROM comment WHERE id = m.comment AND deleted_at IS NULL OFFSET 0) LIMIT 100) named) AS inbox,
  broken AS channels, (SELECT count(*) FROM breach WHERE gone_at IS NULL) AS breaches,
  (SELECT count(*) FROM (SELECT 1 FROM notice WHERE person = {ME} AND seen_at IS NULL LIMIT 100) unseen) AS notices,
  (SELECT extract(epoch FROM now() - max(seen_at))::float FROM beat) AS silence
FROM (SELECT count(*) AS broken FROM channel WHERE broken_kind IS NOT NULL AND disconnected_at IS NULL) channels
"""  # noqa: S608
SILENT = 60.0  # seconds without a worker before every page says so


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
    counts = await attention(request.user)
    said = flash_in(request.cookies)
    shell = _shell(request, title, nav, counts, (*await _banners(request, counts, nav), *banners), said)
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


def by_htmx(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks, which needs only the part of the page that changes."""
    return request.headers.get("hx-request") == "true"


def draw(request: Request[Any, Any, Any], template: str, names: Mapping[str, Any]) -> str:
    """The template's text. An unknown name in it raises."""
    return str(request.app.template_engine.get_template(template).render(**names))  # type: ignore[union-attr]


async def attention(who: Who) -> Attention:
    """What waits for `who`."""
    row = await sql.row(ATTENTION, who.id, decides(who), acts(who))
    return Attention(**row) if row else Attention(0, 0)


async def _banners(request: Request[Who, Any, Any], counts: Attention, nav: str) -> list[Banner]:
    """What everybody has to know whatever page they are on."""
    team = team_of(request)
    found = [await frozen.banner(request.user.zone)] if team.frozen_at else []
    if counts.silence is None or counts.silence > SILENT:
        found.append(Banner("problem", "triangle-alert", _silence(counts.silence), "/log", "Open log"))
    if team.mode == "autopilot":
        loud = "Autopilot is on: finished drafts are scheduled without anybody reading them."
        found.append(Banner("review", "sparkles", loud, "/settings/workspace", "Change"))
    if counts.breaches and request.user.role == "admin" and nav != "forecast":  # that page lists them
        found.append(breach_banner(counts.breaches))
    return found


def _silence(seconds: float | None) -> str:
    since = "yet" if seconds is None else f"for {max(int(seconds // 60), 1)} min"
    return f"The publisher has not been seen {since}. Scheduled posts are safe but will be late."


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
        notices=counts.notices,
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
