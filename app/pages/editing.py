"""The editor's doors: read, type, preview, autosave, save, pictures. A lost race or a wrong field keeps every text."""

from dataclasses import dataclass, fields
from secrets import token_hex
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from app import content, platforms, seals
from app import facts as fact_sheet
from app.body import Posted, posted
from app.content import Text
from app.flow.compose import compose
from app.images import Bad, Image
from app.lifecycles.facts import PostFacts
from app.lifecycles.guards import RECALLED
from app.lifecycles.post import FREELY_EDITED, PLANS, POST, REVIEW
from app.lifecycles.statuses import PostStatus
from app.moves import MovedMeanwhile, Refused
from app.pages import copies, edit_form, item
from app.pages.cards import by_person, may_write
from app.pages.edit_form import EditForm
from app.pages.forms import Invalid, read
from app.pages.lost_race import Theirs, theirs
from app.pages.moves import load
from app.pages.pictures import NO_FILE, UPLOAD_CAP, taken
from app.pages.presence import Present, beside
from app.pages.render import Page, page, see_other
from app.prose import markdown
from app.sessions import Who
from app.tables import Post
from app.times import local, moment

EDITABLE = (*PLANS, *REVIEW, PostStatus.APPROVED, PostStatus.PUBLISH_FAILED, *FREELY_EDITED)
WARNINGS = {
    PostStatus.APPROVED: "This post is approved. Saving a change takes it back to Pending review.",
    PostStatus.PUBLISHED: "This post is live. Saving changes nothing there until you publish the changes.",
    PostStatus.PUBLISH_FAILED: "Where it is live nothing changes. Saving a change voids its approval.",
}
UNSEEN = "Load the page again: the form did not say what it saw. Your text is below."
SAID = {"submit": "Sent to review.", "upload": "Picture added.", "draw": "It is being drawn.", "save": "Saved."}


@dataclass(frozen=True, slots=True)
class Caption:
    channel: int
    letter: str
    name: str
    text: str
    limit: int | None


@dataclass(frozen=True, slots=True)
class EditPage:
    """`restored`: when the text shown was typed, if never saved; `aside` is unsaved text typed over an older version.

    `tab` tells this page from the same person's others, so that saving one forgets nothing typed in another.
    """

    post: int
    version: int
    text: Text
    captions: tuple[Caption, ...]
    preview: Markup
    warning: str
    errors: dict[str, str]
    theirs: Theirs | None
    submits: bool
    restored: str
    aside: str
    wish: str
    new_alt: str
    tab: str
    present: Present


@get("/posts/{id:int}/edit")
async def edit_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    row = await load(id)
    facts = await fact_sheet.of(id)
    if facts.status == PostStatus.SCHEDULED and not facts.recall:
        return see_other(f"/posts/{id}/moves/reopen")
    if closed := _closed(facts, request.user):
        return await item.whole(request, id, alert=closed, status=409 if may_write(facts, request.user) else 403)
    stored = await _stored(row)
    copy = await copies.find(row, request.user.id, stored)
    if copy is None:
        return await _page(request, row, stored, {})
    when = moment(copy.saved_at, request.user.zone, local(facts.now, request.user.zone).date())
    if copy.current:
        return await _page(request, row, copy.text, {}, restored=when)
    return await _page(request, row, stored, {}, aside=copies.words(copy.text, stored))


@post("/posts/{id:int}/edit", request_max_body_size=UPLOAD_CAP)
async def save(request: Request[Who, Any, Any], id: FromPath[int]) -> Page | Response[None]:
    row = await load(id)
    if (await posted(request)).get("then") == ["discard"]:
        await copies.forget(id, request.user.id)
        return see_other(f"/posts/{id}/edit", flash="What you had not saved is gone.")
    stored = await _stored(row)
    try:
        form = await read(request, EditForm)
    except Invalid as wrong:
        return await _again(request, row, await edit_form.typed(request, stored), _known(wrong), 422)
    text = edit_form.as_text(form, stored)
    if form.version is None:
        return await _again(request, row, text, {"body": UNSEEN}, 428)
    image = await taken(form.file)
    if wrong_picture := _wrong_picture(form, image):
        name, note, status = wrong_picture
        return await _again(request, row, text, {name: note}, status)
    return await _stored_all(request, row, text, form, image)


@post("/posts/{id:int}/preview")
async def preview(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[str]:
    """The Markdown as it will look; nothing is stored."""
    body = next(iter((await posted(request)).get("body", [])), "")
    text = body if isinstance(body, str) else ""
    return Response(markdown.render(text), media_type=MediaType.HTML, status_code=200)


@post("/posts/{id:int}/autosave")
async def autosave(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[None]:
    """What was typed, kept beside the post for this person; no version, no event."""
    row = await load(id)
    typed = await edit_form.typed(request, await _stored(row))
    sent = next(iter((await posted(request)).get("version", [])), "")
    seen = int(sent) if isinstance(sent, str) and sent.isdecimal() and len(sent) < 10 else None
    await copies.keep(row, request.user.id, typed, seen=seen, tab=_one(await posted(request), "tab")[:32])
    return Response(None, status_code=204)


async def _stored_all(
    request: Request[Who, Any, Any], row: Post, text: Text, form: EditForm, image: Image | Bad
) -> Page | Response[None]:
    seen = await load(row.id)
    seen.version = form.version or 0
    try:
        fresh = await compose(
            seen, text, by=by_person(request.user), image=image if isinstance(image, Image) else None,
            alt=form.new_alt, wish=form.prompt if form.then == "draw" else "", submits=form.then == "submit",
        )  # fmt: skip
    except MovedMeanwhile as lost:
        faster = await theirs(await _stored(row), text)
        return await _again(request, row, text, {"body": lost.reason}, 409, theirs=faster)
    except Refused as refusal:
        status = 403 if refusal.forbidden else 409
        return await _again(request, row, text, {"body": refusal.reason}, status)
    await copies.forget(row.id, request.user.id, form.tab)
    where = f"/posts/{row.id}/edit" if form.then in ("upload", "draw") else f"/posts/{row.id}"
    said = "Nothing changed." if fresh.version == form.version else SAID[form.then]
    return see_other(where, flash=said)


def _closed(facts: PostFacts, who: Who) -> str:
    """Why this person cannot edit this post now, so that nobody types what cannot be saved."""
    if not may_write(facts, who):
        return "This needs the role editor: somebody else wrote it."
    if facts.archived:
        return "It is archived. Bring it back first."
    if facts.recall:
        return RECALLED
    if facts.status not in EDITABLE:
        return f"It cannot be edited while it is “{POST.state(facts.status).label}”."
    return ""


def _known(wrong: Invalid) -> dict[str, str]:
    """Errors of fields the form has; one it does not have makes the whole form somebody else's."""
    if wrong.errors.keys() - {part.name for part in fields(EditForm)}:
        raise wrong
    return wrong.errors


def _wrong_picture(form: EditForm, image: Image | Bad) -> tuple[str, str, int] | None:
    """The field, the sentence and the status of a picture that cannot be had."""
    if form.then == "draw" and not form.prompt:
        return "prompt", "Say what it should show.", 422
    if isinstance(image, Bad) and (image.note != NO_FILE or form.then == "upload"):
        return "file", image.note, image.status
    return None


async def _stored(row: Post) -> Text:
    return await content.load(row.revision) if row.revision else Text(row.title, "")


async def _captions(post: int, shown: Text) -> tuple[Caption, ...]:
    targets = [(target, seals.traits(target)) for target in await seals.channels(post)]
    return tuple(
        Caption(t.id, platforms.letter(t.platform, t.name), t.name, shown.renditions.get(t.id, {}).get("text", ""),
                takes.caption_limit)
        for t, takes in targets
        if takes.caption
    )  # fmt: skip


async def _again(
    request: Request[Who, Any, Any], row: Post, shown: Text, errors: dict[str, str], status: int,
    *, theirs: Theirs | None = None,
) -> Page:  # fmt: skip
    """The editor with all that was typed, what is wrong, and what somebody else wrote meanwhile."""
    sent = await posted(request)
    typed = {"wish": _one(sent, "prompt"), "new_alt": _one(sent, "new_alt"), "tab": _one(sent, "tab")[:32]}
    return await _page(request, row, shown, errors, status=status, theirs=theirs, **typed)


def _one(sent: Posted, name: str) -> str:
    return str(next(iter(sent.get(name, [])), ""))


async def _page(
    request: Request[Who, Any, Any], row: Post, shown: Text, errors: dict[str, str], *, status: int = 200,
    **more: Any,
) -> Page:  # fmt: skip
    usual = {"theirs": None, "restored": "", "aside": "", "wish": "", "new_alt": "", "tab": token_hex(4)}
    context = EditPage(
        post=row.id,
        version=row.version,
        text=shown,
        captions=await _captions(row.id, shown),
        preview=Markup(markdown.render(shown.body)),  # noqa: S704  (sanitised)
        warning=WARNINGS.get(PostStatus(row.status), ""),
        errors=errors,
        submits=row.status in PLANS,
        present=await beside(row.id, request.user.id, editing=True),
        **{**usual, **more},
    )
    title = f"Edit {row.title}"
    return await page("posts/edit.html", context, request=request, title=title, nav="posts", status=status)
