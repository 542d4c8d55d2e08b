"""The doors of comments: say, reply, change, delete, resolve, reopen, and ask for changes. Typed text is never lost."""

import re
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.flow import comments
from app.flow.comments import LONGEST, Remark
from app.lifecycles.post import REVIEW
from app.moves import MovedMeanwhile, Refused
from app.pages import details, item, raced
from app.pages.asked import watched
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, number, read, text, token
from app.pages.moves import load
from app.pages.render import Page, by_htmx, page, partial, see_other
from app.pages.threads import Typed
from app.sessions import Who

SOME_ID = re.compile("[0-9]{1,18}")
NO_REVIEW = "Changes can be asked for while a post is in review."


@dataclass(frozen=True, slots=True)
class CommentForm:
    """A new comment or reply. `paragraph` counts from 1 on `revision`."""

    body: str = text(LONGEST, multiline=True)
    parent: int | None = number(1, 2**62, required=False)
    revision: int | None = number(1, 2**62, required=False)
    paragraph: int | None = number(1, 100_000, required=False)
    form_token: str = text(36, required=False)


@dataclass(frozen=True, slots=True)
class OneForm:
    """What is done to a comment; `body` only when it is changed."""

    then: str = choice("save", "delete", "resolve", "reopen")
    body: str = text(LONGEST, required=False, multiline=True)


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What should change; `version` is the one its sender saw."""

    body: str = text(LONGEST, multiline=True)
    version: int | None = number(1, 2**31 - 1)
    name: str = text(40, required=False)
    form_token: str = text(36, required=False)


@dataclass(frozen=True, slots=True)
class RequestPage:
    """The question before changes are asked for."""

    post: int
    title: str
    version: int
    token: str
    owner: str
    body: str
    errors: dict[str, str]
    level: int


SAID = {"save": "Changed.", "delete": "Deleted.", "resolve": "Resolved.", "reopen": "Open again."}


@post("/posts/{id:int}/comments")
async def say(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    await load(id)
    try:
        form = await read(request, CommentForm)
        remark = Remark(form.body, form.parent, form.revision, form.paragraph, token(form.form_token))
        number = await comments.say(id, remark, by=by_person(request.user))
    except Invalid as wrong:
        return await _again(request, id, _typed(wrong), 422, wrong.typed.get("paragraph", ""))
    except Refused as refusal:
        typed = Typed(form.body, refusal.reason, form.parent or 0)
        return await _again(request, id, typed, 403 if refusal.forbidden else 409)
    return await _done(request, id, number, "Commented.")


@post("/comments/{id:int}")
async def change(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    post_id, form = await _post_of(id), await read(request, OneForm)
    by = by_person(request.user)
    try:
        match form.then:
            case "save":
                await comments.rewrite(id, form.body, by=by)
            case "delete":
                await comments.delete(id, by=by)
            case "resolve":
                await comments.resolve(id, by=by)
            case _:
                await comments.reopen(id, by=by)
    except Refused as refusal:
        empty = refusal.reason == comments.EMPTY
        status = 403 if refusal.forbidden else 422 if empty else 409
        return await _again(request, post_id, Typed(form.body, refusal.reason, comment=id), status)
    return await _done(request, post_id, id, SAID[form.then], undoes=form.then == "resolve")


@get("/posts/{id:int}/request")
async def ask_request(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row = await load(id)
    if row.status not in REVIEW:
        return await _refused(request, id, NO_REVIEW, 409)
    return await _asking(request, id, "", {})


@post("/posts/{id:int}/request")
async def make_request(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row = await load(id)
    try:
        form = await read(request, RequestForm)
        if row.version != form.version:
            raise MovedMeanwhile
        by = by_person(request.user)
        number = await comments.request_changes(row, form.body, by=by, form_token=token(form.form_token))
    except Invalid as wrong:
        return await _asking(request, id, wrong.typed.get("body", ""), wrong.errors)
    except Refused as refusal:
        why = await raced.told(id, refusal, request)
        return await _refused(request, id, why, 403 if refusal.forbidden else 409, form.body)
    return await _done(request, id, number, "Changes asked for.")


def _typed(wrong: Invalid) -> Typed:
    parent = wrong.typed.get("parent", "")
    return Typed(wrong.typed.get("body", ""), str(wrong), int(parent) if SOME_ID.fullmatch(parent) else 0)


async def _post_of(comment: int) -> int:
    try:
        return await comments.post_of(comment)
    except LookupError as missing:
        raise NotFoundException("This comment is gone.") from missing


async def _done(request: Request[Who, Any, Any], id: int, comment: int, told: str, *, undoes: bool = False) -> Page:
    if not by_htmx(request):
        return see_other(f"/posts/{id}#comment-{comment}", flash=told)
    return await item.swap(request, id, said=told, undoes=undoes)


async def _again(request: Request[Who, Any, Any], id: int, typed: Typed, status: int, paragraph: str = "") -> Page:
    """Nothing was kept: the page again with what was typed beside why."""
    place = int(paragraph) if SOME_ID.fullmatch(paragraph) else 0
    asked = replace(watched(request), comment=place, typed=typed)
    if not by_htmx(request):
        return await item.whole(request, id, alert=typed.error, status=status, asked=asked)
    return await item.swap(request, id, alert=typed.error, status=status, asked=asked)


async def _refused(request: Request[Who, Any, Any], id: int, why: str, status: int, body: str = "") -> Page:
    return await _again(request, id, Typed(body, why), status)


async def _asking(request: Request[Who, Any, Any], id: int, body: str, errors: dict[str, str]) -> Page:
    row, detail = await load(id), (await details.of([id]))[id]
    inside = by_htmx(request)
    context = RequestPage(
        id, detail.title, row.version, str(uuid4()), detail.author_name, body, errors, 2 if inside else 1
    )
    status = 422 if errors else 200
    if inside:
        return partial("posts/_request.html", context, request=request, status=status)
    return await page("posts/request.html", context, request=request, title="Ask for changes", nav="posts",
                      status=status)  # fmt: skip
