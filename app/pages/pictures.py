"""The doors of a post's pictures on its own page: mend a failed one, add one's own, or have one drawn."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from app import blobs, images
from app.blobs import StoreTrouble
from app.flow import mend, pictures
from app.images import Bad
from app.moves import Refused
from app.pages import item, raced
from app.pages.cards import by_person
from app.pages.forms import Invalid, choice, given, number, read, text
from app.pages.moves import load
from app.pages.render import see_other
from app.sessions import Who
from app.tables import Post

UPLOAD_CAP = 25 * 2**20
NO_FILE = "Choose a file first."


@dataclass(frozen=True, slots=True)
class PictureForm:
    """`media` is the failed picture this stands in for; without it a picture is added."""

    version: int = number(1, 2**31 - 1)
    file: UploadFile | None = given()
    alt: str = text(500, required=False)
    media: int | None = number(1, 2**62, required=False)
    then: str = choice("upload", "drop", default="upload")


@dataclass(frozen=True, slots=True)
class DrawForm:
    """A wish for a new picture, or the failed one that is wished for again."""

    version: int = number(1, 2**31 - 1)
    prompt: str = text(1000, required=False)
    media: int | None = number(1, 2**62, required=False)


@post("/posts/{id:int}/pictures", request_max_body_size=UPLOAD_CAP)
async def upload(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    form = await read(request, PictureForm)
    row = await _seen(id, form.version)
    if form.then == "drop" and form.media:
        return await _done(request, id, mend.go_without(row, form.media, by=by_person(request.user)), "Left out.")
    image = await taken(form.file)
    if isinstance(image, Bad):
        return await item.whole(request, id, alert=image.note, status=image.status)
    by = by_person(request.user)
    if form.media:
        change = mend.put_instead(row, form.media, image, form.alt, by=by)
    else:
        change = pictures.add(row, image, form.alt, by=by)
    return await _done(request, id, change, "Picture added.")


@post("/posts/{id:int}/drawing")
async def draw(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    form = await read(request, DrawForm)
    row, by = await _seen(id, form.version), by_person(request.user)
    if form.media:
        return await _done(request, id, mend.draw_again(row, form.media, by=by), "It is being drawn.")
    if not form.prompt:
        raise Invalid({"prompt": "Say what it should show."})
    return await _done(request, id, pictures.have_drawn(row, form.prompt, by=by), "It is being drawn.")


async def taken(file: UploadFile | None) -> images.Image | Bad:
    """The file as our own re-encoded picture, or what is wrong with it."""
    data = await file.read() if file else b""
    try:
        return await blobs.take(data) if data else Bad(422, NO_FILE)
    except StoreTrouble as trouble:
        return Bad(trouble.status, str(trouble))


async def _seen(id: int, version: int) -> Post:
    row = await load(id)
    row.version = version
    return row


async def _done(request: Request[Who, Any, Any], id: int, change: Any, said: str) -> Response[Any]:
    try:
        await change
    except Refused as refusal:
        why = await raced.told(id, refusal, request)
        return await item.whole(request, id, alert=why, status=403 if refusal.forbidden else 409)
    return see_other(f"/posts/{id}", flash=said)
