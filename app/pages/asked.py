"""What a reader of a post wants to see of it: from the address, or from the page that htmx speaks for."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from litestar import Request

from app.pages.threads import Typed
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class Asked:
    """What its reader wants to see: a channel's tab, changes since a version, the paragraph a comment is about.

    `began`: it stands in the review queue that its reader began then.
    """

    channel: int = 0
    since: str = ""
    comment: int = 0
    typed: Typed | None = None
    began: int = 0

    def at(self, post: int) -> str:
        return f"/review?at={post}&began={self.began}&" if self.began else f"/posts/{post}?"


PLAIN = Asked()


def watched(request: Request[Who, Any, Any]) -> Asked:
    """What the page that htmx speaks for shows: an answer must not turn it back to something else."""
    try:
        page = urlsplit(request.headers.get("hx-current-url", ""))
    except ValueError:  # half a bracket; no browser writes that
        return PLAIN
    query = parse_qs(page.query)
    began = _number(query.get("began", [""])[0]) if page.path == "/review" else 0
    return Asked(_number(query.get("channel", [""])[0]), query.get("since", [""])[0], began=began)


def _number(sent: str) -> int:
    return int(sent) if re.fullmatch(r"[0-9]{1,18}", sent) else 0
