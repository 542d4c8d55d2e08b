"""Every error as an answer people or machines can read: problem page, htmx alert or problem+json. For main."""

import errno
import json
import logging
import secrets
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import asyncpg
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from app.access import sign_in_address
from app.atomic import COLLIDED, Unsure
from app.blobs import StoreTrouble
from app.database import away
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.pages.forms import Invalid
from app.pages.render import by_htmx, draw
from app.pages.shell import Doorstep
from app.throttles import TriedTooOften

LOG = logging.getLogger("galley.errors")
PROBLEM_JSON = "application/problem+json"
MACHINES = ("/api/", "/hooks/", "/sandbox/")
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BEFORE_AGAIN = {"Retry-After": "5"}
FULL = {errno.ENOSPC, errno.EDQUOT}
SILENCE = 5.0
_silent_until = 0.0
TITLES = {
    400: "That request could not be read",
    401: "You were signed out",
    403: "You may not do that",
    404: "There is nothing here",
    405: "That is not how this page works",
    409: "It changed in the meantime",
    413: "That is too large",
    415: "That kind of content is not taken here",
    422: "Something needs fixing",
    428: "Something is missing",
    429: "Too many tries",
    500: "Something broke on our side",
    503: "The desk is catching its breath",
    507: "There is no room left",
}
SENTENCES = {
    400: "Go back and try again; what you typed is still there.",
    401: "Sign in and come back here; your text is kept on this page.",
    403: "Your role does not include this.",
    404: "This page is gone, or it was never here.",
    405: "This address does not take that kind of request.",
    413: "Send something smaller.",
    503: "The database does not answer at the moment. Nothing was lost; try again in a few seconds.",
    507: "The server's disk is full. Nothing was saved; what you typed is still there.",
}
FOR_PROGRAMS = {
    400: "The body could not be read as its content type says.",
    401: "Send a key that is valid now.",
    403: "This key may not do that.",
    404: "There is nothing at this address.",
    507: "The server's disk is full. Nothing was saved.",
}
CODES = {
    400: "unreadable", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "unsupported_media_type", 422: "invalid_fields", 428: "version_missing",
    429: "too_many_requests", 500: "broken", 503: "unavailable", 507: "full",
}  # fmt: skip
COLLISION = "Others were changing the same at that moment. Nothing you did was applied; try again."
UNSURE = (
    "The database went away while it was saving. It may be saved or not: look in a few seconds before you repeat it."
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says. `code` finds the log entry; `fields` are sentences per form field,
    `allowed` the moves that are open instead."""

    status: int
    title: str
    detail: str
    code: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    allowed: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def problem(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to `error`, in the form the asker understands."""
    trouble = read(error)
    if request.url.path.startswith(MACHINES) or _wants_json(request):
        return _json(trouble)
    if by_htmx(request):
        return _alert(request, trouble)
    if trouble.status == 401 and request.method == "GET":
        return _to_sign_in(request)
    return _page(request, trouble)


def read(error: Exception) -> Trouble:
    """What happened, without anything from inside: no trace, no SQL, no path."""
    match error:
        case Invalid():
            return _trouble(422, "Some fields need fixing.", fields=error.errors)
        case TriedTooOften():
            return _trouble(429, str(error), headers={"Retry-After": str(error.wait)})
        case Refused():
            return _trouble(403 if error.forbidden else 409, error.reason, code=_code(error))
        case StoreTrouble():
            return _trouble(error.status, str(error), headers=BEFORE_AGAIN)
        case HTTPException() if error.status_code < 500:
            return _of_a_door(error)
        case _ if trouble := _of_the_database(error):
            return trouble
    return _broken(error)


def _code(refusal: Refused) -> str:
    """What a program tells refusals apart by."""
    match refusal:
        case MovedMeanwhile():
            return "version_conflict"
        case IllegalMove():
            return "illegal_move"
    return "forbidden" if refusal.forbidden else "refused"


def _of_a_door(error: HTTPException) -> Trouble:
    """What a door said: its own code and fields, or the framework's list of what it could not read."""
    extra, headers = error.extra, dict(error.headers or {})
    if isinstance(extra, dict):
        return _trouble(error.status_code, error.detail, headers=headers, **extra)
    fields = {str(one.get("key") or "body"): str(one["message"]) for one in extra or () if "message" in one}
    if error.status_code == 400 and fields:
        return _trouble(422, "Some fields need fixing.", code="invalid_fields", fields=fields)
    return _trouble(error.status_code, error.detail, headers=headers)


def _of_the_database(error: BaseException) -> Trouble | None:
    """What PostgreSQL, or the line to it, had to say; 503 only while it is away."""
    cause = error.__cause__
    match error:
        case asyncpg.DiskFullError():
            return _trouble(507, "")
        case OSError() if error.errno in FULL:
            return _trouble(507, "")
        case _ if isinstance(error, COLLIDED):
            return _trouble(409, COLLISION)
        case _ if away(error):
            _say_away(error)
            return _trouble(503, UNSURE if isinstance(error, Unsure) else "", headers=BEFORE_AGAIN)
    return _of_the_database(cause) if cause is not None and not isinstance(error, HTTPException) else None


def _say_away(error: BaseException) -> None:
    """One line every few seconds, however many people knock meanwhile."""
    global _silent_until
    if time.monotonic() >= _silent_until:
        _silent_until = time.monotonic() + SILENCE
        LOG.error("PostgreSQL is away: %s: %s", type(error).__name__, error)


def _broken(error: Exception) -> Trouble:
    code = "".join(secrets.choice(ALPHABET) for _ in range(4))
    LOG.error("Code %s", code, exc_info=error)
    return _trouble(500, f"Code {code}. Nothing was published.", code=code)


def _trouble(status: int, detail: str, **more: Any) -> Trouble:
    title = TITLES.get(status) or HTTPStatus(status).phrase
    # The framework's own details are no sentences and may quote what is inside; ours end with a full stop.
    said = detail if detail.endswith(".") else SENTENCES.get(status, "Go back and try again.")
    return Trouble(status, title, said, **more)


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def _json(trouble: Trouble) -> Response[Any]:
    """RFC 9457: a problem without a type of its own has the title of its status."""
    status = trouble.status
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    told = FOR_PROGRAMS.get(status) if trouble.detail == SENTENCES.get(status) else None
    body |= {"detail": told or trouble.detail, "code": trouble.code or CODES.get(trouble.status, "refused")}
    more = {"fields": trouble.fields, "allowed": trouble.allowed}
    body |= {name: value for name, value in more.items() if value}
    return Response(body, status_code=trouble.status, media_type=PROBLEM_JSON, headers=trouble.headers)


def _alert(request: Request[Any, Any, Any], trouble: Trouble) -> Response[Any]:
    """Shown over the page, which stays as it is with all that was typed on it."""
    said = {"alert": {"text": f"{trouble.title}. {trouble.detail}"}}
    headers = {"HX-Retarget": "#alert", "HX-Reswap": "innerHTML", "HX-Trigger": json.dumps(said)}
    href = sign_in_address(_page_asked_from(request), b"")
    body = draw(request, "errors/_alert.html", {"trouble": trouble, "sign_in": href})
    return _html(body, trouble, headers)


def _page(request: Request[Any, Any, Any], trouble: Trouble) -> Response[Any]:
    team = request.scope["state"].get("team")
    shell = Doorstep(title=trouble.title, team=team.name if team else "Galley", theme=request.cookies.get("theme", ""))
    href = sign_in_address(request.scope["path"], b"")
    return _html(draw(request, "errors/problem.html", {"trouble": trouble, "shell": shell, "sign_in": href}), trouble)


def _to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    path = sign_in_address(request.scope["path"], request.scope["query_string"])
    return Response("", media_type=MediaType.TEXT, status_code=303, headers={"Location": path})


def _html(body: str, trouble: Trouble, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(
        body,
        status_code=trouble.status,
        media_type=MediaType.HTML,
        headers={**trouble.headers, **(headers or {})},
    )


def _page_asked_from(request: Request[Any, Any, Any]) -> str:
    """The path of the page that htmx runs on, which is where to come back to."""
    here = request.headers.get("hx-current-url", "")
    return "/" + here.split("/", 3)[3] if here.count("/") >= 3 else "/"
