"""The cookies of the desk, by name and with their flags. Used by the front door and the pages."""

from urllib.parse import quote, unquote

from litestar.datastructures import Cookie

from app.sessions import WHOLE_DAYS
from app.settings import settings

A_DAY = 86_400


def session_name() -> str:
    return _name("session")


def visit_name() -> str:
    return _name("visit")


def session_cookie(token: str) -> Cookie:
    """The signed-in browser's token."""
    return _cookie("session", token, WHOLE_DAYS * A_DAY)


def visit_cookie(binding: str) -> Cookie:
    """What ties sign-in, set-up and invitation forms to a browser that is not signed in yet."""
    return _cookie("visit", binding, 3 * 3600)


def known_name() -> str:
    return _name("known")


def known_cookie(mark: str) -> Cookie:
    """The mark of app/known_browsers.py."""
    return _cookie("known", mark, 365 * A_DAY)


def flash_cookie(sentence: str) -> Cookie:
    """A sentence for the next page, shown once."""
    return _cookie("flash", quote(sentence), 60)


def preference(name: str, value: str) -> Cookie:
    """Theme or keyboard, per browser; scripts may read and write it, and an empty value forgets it."""
    age = 365 * A_DAY if value else 0
    return Cookie(key=name, value=value, path="/", max_age=age, secure=settings().secure, samesite="lax")


def gone(name: str) -> Cookie:
    """The cookie `name`, deleted."""
    return _cookie(name, "", 0)


def flash_in(cookies: dict[str, str]) -> str:
    """The sentence that a redirect left for this page."""
    return unquote(cookies.get(_name("flash"), ""))[:300]


def _name(name: str) -> str:
    # The prefix makes browsers refuse a cookie that another host or plain http tries to plant.
    return f"__Host-{name}" if settings().secure else name


def _cookie(name: str, value: str, age: int) -> Cookie:
    return Cookie(
        key=_name(name),
        value=value,
        path="/",
        max_age=age,
        secure=settings().secure,
        httponly=True,
        samesite="lax",
    )
