"""The editor's doors: read, type, preview, autosave, save, pictures. A lost race keeps both texts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from app import content, platforms, seals, sql
from app.content import Revision, Text
from app.flow import review
from app.lifecycles.statuses import PostStatus
from app.moves import MovedMeanwhile, Refused
from app.pages.cards import by_person
from app.pages.forms import Invalid, given, number, read, text, typed_in
from app.pages.moves import load
from app.pages.render import Page, page, see_other
from app.prose import diff, markdown
from app.sessions import Who
from app.tables import Post


@dataclass(frozen=True, slots=True)
class EditForm:
    """The editor's fields. Captions and alt texts come as lists beside their channel and media ids."""

    title: str = text(300)
    slug: str = text(200, required=False)
    excerpt: str = text(500, required=False, multiline=True)
    body: str = text(500_000, required=False, multiline=True)
    caption_channel: tuple[int, ...] = given(default=())
    caption: tuple[str, ...] = text(5000, required=False, multiline=True)
    picture: tuple[int, ...] = given(default=())
    alt: tuple[str, ...] = text(500, required=False)
    drop: tuple[int, ...] = given(default=())
    version: int = number(1, 2**31 - 1)
    then: str = text(10, required=False)


@dataclass(frozen=True, slots=True)
class Caption:
    channel: int
    letter: str
    name: str
    text: str
    limit: int | None


@dataclass(frozen=True, slots=True)
class EditPage:
    post: int
    version: int
    text: Text
    captions: tuple[Caption, ...]
    preview: Markup
    warning: str
    errors: dict[str, str]
    theirs: tuple[diff.Change, ...]
    submits: bool
    restored: str


@get("/posts/{id:int}/edit")
async def edit_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row = await load(id)
    stored = await _stored(row)
    copy = await _copy(id, request.user.id)
    shown = _over(stored, copy) if copy and copy.get("based_on") == row.revision else stored
    restored = "You typed this earlier and did not save it." if shown is not stored else ""
    return await _page(request, row, shown, {}, restored=restored)


@post("/posts/{id:int}/edit")
async def save(request: Request[Who, Any, Any], id: FromPath[int]) -> Page | Response[None]:
    row = await load(id)
    try:
        form = await read(request, EditForm)
    except Invalid as wrong:
        return await _page(request, row, _typed(await typed_in(request, EditForm)), wrong.errors, status=422)
    seen = await load(id)
    seen.version = form.version
    typed = _text(form, await _stored(row))
    try:
        fresh = await review.save(seen, typed, by=by_person(request.user))
        if form.then == "submit":
            await review.submit(fresh, None, by=by_person(request.user))
    except MovedMeanwhile as lost:
        return await _page(request, row, typed, {"body": lost.reason}, status=409, theirs=await _stored(row))
    except Refused as refusal:
        status = 403 if refusal.forbidden else 409
        return await _page(request, row, typed, {"body": refusal.reason}, status=status)
    await _forget_copy(id, request.user.id)
    return see_other(f"/posts/{id}", flash="Sent to review." if form.then == "submit" else "Saved.")


@post("/posts/{id:int}/preview")
async def preview(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[str]:
    """The Markdown as it will look; nothing is stored."""
    form = await read(request, EditForm)
    return Response(markdown.render(form.body), media_type=MediaType.HTML)


@post("/posts/{id:int}/autosave")
async def autosave(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[None]:
    """What was typed, kept beside the post for this person; no version, no event."""
    row = await load(id)
    form = await read(request, EditForm)
    fields = {
        "title": form.title, "slug": form.slug, "excerpt": form.excerpt, "body": form.body, "based_on": row.revision,
        "captions": dict(zip(map(str, form.caption_channel), form.caption, strict=False)),
    }  # fmt: skip
    await sql.run(
        "INSERT INTO draft_copy (post, person, based_on, fields, saved_at) VALUES ($1, $2, $3, $4, now())"
        " ON CONFLICT (post, person) DO UPDATE SET based_on = $3, fields = $4, saved_at = now()",
        id, request.user.id, row.revision, json.dumps(fields),
    )  # fmt: skip
    return Response(None, status_code=204)


async def _stored(row: Post) -> Revision | Text:
    return await content.load(row.revision) if row.revision else Text(row.title, "")


def _text(form: EditForm, stored: Text) -> Text:
    """The form as a text; what the form does not show of a revision (its slug when empty) stays."""
    known = {picture.media: picture for picture in stored.pictures}
    alts = dict(zip(form.picture, form.alt, strict=False))
    pictures = tuple(replace(known[m], alt=alt) for m, alt in alts.items() if m in known and m not in form.drop)
    captions = dict(zip(form.caption_channel, form.caption, strict=False))
    renditions = {channel: {"text": words} for channel, words in captions.items() if words.strip()}
    return Text(form.title, form.body, form.excerpt, form.slug or stored.slug, renditions, pictures)


def _typed(typed: Mapping[str, str]) -> Text:
    return Text(typed.get("title", ""), typed.get("body", ""), typed.get("excerpt", ""), typed.get("slug", ""))


def _over(stored: Text, copy: Mapping[str, Any]) -> Text:
    captions = {int(channel): {"text": words} for channel, words in copy.get("captions", {}).items() if words}
    return Text(
        copy["title"], copy["body"], copy["excerpt"], copy["slug"], {**stored.renditions, **captions}, stored.pictures
    )


async def _copy(post: int, person: int) -> dict[str, Any] | None:
    found = await sql.value("SELECT fields FROM draft_copy WHERE post = $1 AND person = $2", post, person)
    return msgspec.json.decode(found) if found else None


async def _forget_copy(post: int, person: int) -> None:
    await sql.run("DELETE FROM draft_copy WHERE post = $1 AND person = $2", post, person)


async def _captions(post: int, shown: Text) -> tuple[Caption, ...]:
    targets = [(target, seals.traits(target)) for target in await seals.channels(post)]
    return tuple(
        Caption(t.id, platforms.platform(t.platform).letter, t.name, shown.renditions.get(t.id, {}).get("text", ""),
                takes.caption_limit)
        for t, takes in targets
        if takes.caption
    )  # fmt: skip


async def _page(
    request: Request[Who, Any, Any], row: Post, shown: Text, errors: dict[str, str], *, status: int = 200,
    theirs: Text | None = None, restored: str = "",
) -> Page:  # fmt: skip
    context = EditPage(
        post=row.id,
        version=row.version,
        text=shown,
        captions=await _captions(row.id, shown),
        preview=Markup(markdown.render(shown.body)),  # noqa: S704  (sanitised)
        warning=_warning(row),
        errors=errors,
        theirs=tuple(diff.paragraphs(shown.body, theirs.body)) if theirs else (),
        submits=row.status in SUBMITTED,
        restored=restored,
    )
    title = f"Edit {row.title}"
    return await page("posts/edit.html", context, request=request, title=title, nav="posts", status=status)


SUBMITTED = (PostStatus.AWAITING_DATE, PostStatus.PLANNED, PostStatus.MISSED, PostStatus.GENERATION_FAILED)


def _warning(row: Post) -> str:
    """What saving will do to a post that is further on."""
    words = {
        PostStatus.APPROVED: "This post is approved. Saving a change takes it back to Pending review.",
        PostStatus.PUBLISHED: "This post is live. Saving changes nothing there until you publish the changes.",
        PostStatus.PUBLISH_FAILED: "Only texts and pictures of channels that are not live can change now.",
        PostStatus.SCHEDULED: "This post is scheduled. Take it back to editing first.",
    }
    return words.get(PostStatus(row.status), "")

