"""Turns e-mail off by the signed link of every mail, without signing in. Looking changes nothing; mail programs post.

RFC 8058: a mail program that unsubscribes by itself posts to the same address, without a cookie or a form token; the
link is the proof, so this door lies under /hooks/.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from app.flow import mail_wishes
from app.pages.render import Page, doorstep

UNKNOWN = "This link is damaged. Open it again from the e-mail, or sign in and turn e-mail off in your settings."


@dataclass(frozen=True, slots=True)
class OffPage:
    """`action` is empty once there is nothing left to press."""

    said: str
    action: str
    good: bool


@get("/hooks/unsubscribe/{token:str}")
async def ask_off(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    email = await mail_wishes.whose(token)
    if email is None:
        return _page(request, "Nothing to turn off", OffPage(UNKNOWN, "", False), status=404)
    said = f"Galley stops mailing {email}. In the desk the bell still counts."
    return _page(request, "Turn off e-mail?", OffPage(said, f"/hooks/unsubscribe/{token}", True))


@post("/hooks/unsubscribe/{token:str}", status_code=200)
async def turn_off(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    if not await mail_wishes.turn_off(token):
        return _page(request, "Nothing to turn off", OffPage(UNKNOWN, "", False), status=404)
    return _page(request, "E-mail is off", OffPage("You can turn it on again in your settings.", "", True))


def _page(request: Request[Any, Any, Any], title: str, context: OffPage, status: int = 200) -> Page:
    answer = doorstep("mail/off.html", context, request=request, title=title, status=status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
