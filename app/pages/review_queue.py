"""The review queue: the inbox's reviews one by one, each on its own page; deciding leads to the next.

Its move doors are those of the post, answered with the way on instead of the post. `began` is when the reader
started, so that the last page can say what they decided.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from app import sql
from app.flow import presence
from app.lifecycles.phrases import counted
from app.pages import inbox_query, item, moves
from app.pages.asked import Asked
from app.pages.inbox_rows import known, post_rows
from app.pages.inbox_sections import READING, sections
from app.pages.move_words import VOTES
from app.pages.render import Page, by_htmx, page, see_other, team_of
from app.pages.review_done import Decided, decided
from app.pages.undoing import BACK
from app.sessions import Who
from app.times import local, moment

DECIDED = """
SELECT count(DISTINCT e.post) FILTER (WHERE e.move = 'reject') AS rejected,
  (SELECT count(DISTINCT post) FROM approval WHERE person = $1 AND at >= to_timestamp($2)) AS approved
FROM event e WHERE e.person = $1 AND e.about = 'post' AND e.at >= to_timestamp($2)
"""
DECIDING = (*VOTES, "reject")


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One post of the queue; `previous` and `next` are links, empty at the ends; `done` is what was decided before."""

    began: int
    place: int
    count: int
    previous: str
    next: str
    item: Markup
    done: Decided | None


@dataclass(frozen=True, slots=True)
class EndPage:
    title: str
    text: str
    left: int
    again: str
    done: Decided | None


@get("/review")
async def review_page(
    request: Request[Who, Any, Any], at: FromQuery[int] = 0, began: FromQuery[int] = 0, end: FromQuery[bool] = False,
    channel: FromQuery[int] = 0, since: FromQuery[str] = "", comment: FromQuery[int] = 0, done: FromQuery[int] = 0,
) -> Page:  # fmt: skip
    """The post `at`, or the first; opening it is a look, as on its own page."""
    began = began or int(datetime.now(UTC).timestamp())
    posts = await queue(request)
    if end or not posts:
        return await _end(request, began, len(posts), await decided(request, done, began))
    if at and at not in posts:
        return see_other(_link(0, began), flash="That one was decided meanwhile.")
    asked = Asked(channel, since, comment, began=began)
    return await _one(request, posts, at or posts[0], asked, await decided(request, done, began))


@get("/review/{began:int}/posts/{id:int}/moves/{name:str}")
async def ask(request: Request[Who, Any, Any], began: FromPath[int], id: FromPath[int], name: FromPath[str]) -> Page:
    """The post's own question; its form answers to the queue."""
    return _within(await moves.ask.fn(request, id, name), began)


@post("/review/{began:int}/posts/{id:int}/moves")
async def make(request: Request[Who, Any, Any], began: FromPath[int], id: FromPath[int]) -> Response[Any]:
    """The post's own door; once it is decided, on to the one that came after it."""
    posts = await queue(request)
    answer: Response[Any] = await moves.make.fn(request, id)
    name = (await request.form()).get("name")
    if (answer.status_code or 200) >= 400 or name not in (*DECIDING, *BACK.values()):
        return _within(answer, began)
    following = posts[posts.index(id) + 1 :] if id in posts else posts
    path = _link(following[0], began) if following else f"/review?began={began}&end=1"
    path = f"{path}&done={id}" if name in DECIDING else _link(id, began)
    if by_htmx(request):
        return Response(None, status_code=204, headers={"HX-Redirect": path})
    return see_other(path)


async def queue(request: Request[Who, Any, Any]) -> list[int]:
    """The posts of the inbox's Review section, in its order."""
    waiting = (await sections(request.user)).get(READING)
    if waiting is None:
        return []
    shown = await known([*waiting.posts], [], request.user, team_of(request))
    return [row.card.id for row in post_rows(waiting, shown, request.user)]


async def _one(request: Request[Who, Any, Any], posts: list[int], at: int, asked: Asked, done: Decided | None) -> Page:
    began, place = asked.began, posts.index(at)
    shown = await item.swap(request, at, asked=asked)
    revision = await sql.value("SELECT revision FROM post WHERE id = $1", at)
    await presence.opened(at, request.user.id, revision)
    context = QueuePage(
        began=began,
        place=place + 1,
        count=len(posts),
        previous=_link(posts[place - 1], began) if place else "",
        next=_link(posts[place + 1], began) if place + 1 < len(posts) else f"/review?began={began}&end=1",
        item=Markup(_led(shown.content, began)),  # noqa: S704  (a drawn template)
        done=done,
    )
    return await page("review/page.html", context, request=request, title="Review", nav="inbox")


async def _end(request: Request[Who, Any, Any], began: int, left: int, done: Decided | None) -> Page:
    """All reviewed. 4 approved, 1 rejected. Next publish: today 18:00."""
    who = request.user
    found = await sql.row(DECIDED, who.id, float(began))
    told = f"{found['approved']} approved, {found['rejected']} rejected. " if found else ""
    coming = await inbox_query.next_publish()
    today = local(datetime.now(UTC), who.zone).date()
    then = f"Next publish: {moment(coming, who.zone, today)}." if coming else "Nothing is scheduled."
    title = "All reviewed." if not left else f"{counted(left, 'post still waits', 'posts still wait')}."
    context = EndPage(title, told + then, left, _link(0, began), done)
    return await page("review/end.html", context, request=request, title="Review", nav="inbox")


def _link(post: int, began: int) -> str:
    return f"/review?at={post}&began={began}" if post else f"/review?began={began}"


def _within(answer: Response[Any], began: int) -> Response[Any]:
    if isinstance(answer.content, str):
        answer.content = _led(answer.content, began)
    return answer


def _led(html: str, began: int) -> str:
    """The post's forms and questions lead through the queue's doors. Only attributes have that quote before a path."""
    return re.sub(r'="(/posts/\d+/moves\b)', rf'="/review/{began}\1', html)
