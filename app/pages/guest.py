"""The page behind a guest link: read one exact version, then approve it or ask for changes. No account, no session."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from markupsafe import Markup

from app import facts as fact_sheet
from app import platforms, seals, sql, throttles, tickets
from app.flow import guests
from app.flow.comments import LONGEST
from app.moves import Refused
from app.pages.approval_words import due
from app.pages.forms import Invalid, choice, read, text
from app.pages.render import Page, doorstep, see_other
from app.security import client_ip
from app.tickets import Guest
from app.times import moment

# Nobody lists it. Its address stays between the guest and us: `same-origin` (of every answer) tells it no other
# site; `no-referrer` would also hide the form's origin, by which forms of other sites are refused.
UNLISTED = {"X-Robots-Tag": "noindex, nofollow, noarchive"}


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The guest's answer; the name is asked for since it is told to everybody who looks later."""

    then: str = choice("approve", "request")
    name: str = text(80)
    reason: str = text(LONGEST, required=False, multiline=True)


@dataclass(frozen=True, slots=True)
class Part:
    """What one channel gets: its own text, or the article, and its other fields."""

    letter: str
    name: str
    text: str
    more: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GuestPage:
    """Everything a guest sees, as it was sealed into the link. `member`: the post's page, for whoever is signed in."""

    token: str
    team: str
    asks: str
    title: str
    excerpt: str
    link: str
    body: Markup
    pictures: tuple[dict[str, Any], ...]
    parts: tuple[Part, ...]
    times: tuple[str, ...]
    member: str
    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    alert: str = ""


@dataclass(frozen=True, slots=True)
class ClosedPage:
    """There is nothing to decide by this link; `good` when that is because it was done."""

    said: str
    good: bool


@get("/approve/{token:str}")
async def guest_page(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """What the link is for; looking decides nothing."""
    return await _page(request, token, await _guest(request, token))


@post("/approve/{token:str}")
async def answer(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """The guest's decision, once; then the page says what was done."""
    guest = await _guest(request, token)
    try:
        form = await read(request, AnswerForm)
        _demand_reason(form)
        if form.then == "approve":
            await guests.approve(token, form.name)
        else:
            await guests.request_changes(token, form.name, form.reason)
    except Invalid as wrong:
        return await _page(request, token, guest, status=422, typed=wrong.typed, errors=wrong.errors)
    except Refused as refusal:
        typed = {"then": form.then, "name": form.name, "reason": form.reason}
        return await _page(request, token, await _guest(request, token), status=409, typed=typed, alert=refusal.reason)
    return see_other(f"/approve/{token}")


async def _guest(request: Request[Any, Any, Any], token: str) -> Guest:
    """Whose link it is; one that is too old, stopped or made up looks like any other missing page."""
    await throttles.take(throttles.guest_limits(token, client_ip(request.scope)))
    guest = await tickets.guest(token)
    if guest is None:
        raise NotFoundException(guests.GONE)
    return guest


def _demand_reason(form: AnswerForm) -> None:
    if form.then == "request" and not form.reason.strip():
        typed = {"then": form.then, "name": form.name, "reason": form.reason}
        raise Invalid({"reason": "Say what should change."}, typed)


async def _page(request: Request[Any, Any, Any], token: str, guest: Guest, *, status: int = 200, **more: Any) -> Page:
    if guest.used_at:
        return _closed(request, await guests.outcome(guest), good=True, status=status)
    try:
        what = await guests.shown(guest)
    except guests.Replaced as gone:
        return _closed(request, gone.reason, good=False, status=410)
    except Refused as decided:
        return _closed(request, decided.reason, good=False, status=410)
    context = await _context(request, token, guest, what, more)
    return _unlisted(doorstep("approve/guest.html", context, request=request, title=context.title, status=status))


async def _context(
    request: Request[Any, Any, Any], token: str, guest: Guest, what: seals.Sealable, more: dict[str, Any]
) -> GuestPage:
    sealed, team = msgspec.json.decode(what.text), await sql.row("SELECT name, zone FROM team")
    assert team is not None
    return GuestPage(
        token=token,
        team=team["name"],
        asks=guest.name,
        title=sealed["title"],
        excerpt=sealed["excerpt"],
        link=sealed["link"],
        body=Markup(sealed["body_html"]),  # noqa: S704  (sanitised when the revision was stored)
        pictures=tuple(sealed["pictures"]),
        parts=await _parts(guest.post, sealed),
        times=await _times(guest, team["zone"]),
        member=f"/posts/{guest.post}" if request.user else "",
        **more,
    )


async def _parts(post: int, sealed: dict[str, Any]) -> tuple[Part, ...]:
    fields = {one["channel"]: one["fields"] for one in sealed["channels"]}
    return tuple(_part(channel, fields.get(channel.id, {})) for channel in await seals.channels(post))


def _part(channel: seals.Channel, fields: dict[str, str]) -> Part:
    more = tuple((name.replace("_", " ").capitalize(), value) for name, value in fields.items() if name != "text")
    return Part(platforms.letter(channel.platform, channel.name), channel.name, fields.get("text", ""), more)


async def _times(guest: Guest, zone: str) -> tuple[str, ...]:
    """When it goes out, when an answer is due, how long the link works."""
    facts = await fact_sheet.of(guest.post)
    at = facts.publish_at
    goes = f"It is planned for {moment(at, zone, facts.today)}." if at else "It has no time to go out yet."
    told = (goes, due(facts, zone), f"This link works until {moment(guest.expires_at, zone, facts.today)}.")
    return tuple(sentence for sentence in told if sentence)


def _closed(request: Request[Any, Any, Any], said: str, *, good: bool, status: int) -> Page:
    title = "Thank you" if good else "Nothing to decide"
    context = ClosedPage(said, good)
    return _unlisted(doorstep("approve/closed.html", context, request=request, title=title, status=status))


def _unlisted(answer: Page) -> Page:
    answer.headers.update(UNLISTED)
    return answer
