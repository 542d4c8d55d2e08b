"""The doors of a post's pictures: upload through the guarded re-encode, or have one drawn."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from app import images
from app.flow import pictures
from app.images import Bad
from app.moves import Refused
from app.pages.cards import by_person
from app.pages.forms import given, number, read, text
from app.pages.moves import load
from app.pages.render import see_other
from app.sessions import Who

UPLOAD_CAP = 25 * 2**20


@dataclass(frozen=True, slots=True)
class UploadForm:
    file: UploadFile = given(required=True)
    alt: str = text(500, required=False)
    version: int = number(1, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class DrawForm:
    prompt: str = text(1000)
    version: int = number(1, 2**31 - 1)


@post("/posts/{id:int}/pictures", request_max_body_size=UPLOAD_CAP)
async def upload(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    form = await read(request, UploadForm)
    row = await load(id)
    row.version = form.version
    image = await images.reencode(await form.file.read())
    if isinstance(image, Bad):
        raise HTTPException(image.note, status_code=image.status)
    try:
        await pictures.add(row, image, form.alt, by=by_person(request.user))
    except Refused as refusal:
        raise HTTPException(refusal.reason, status_code=403 if refusal.forbidden else 409) from refusal
    return see_other(f"/posts/{id}/edit", flash="Picture added.")


@post("/posts/{id:int}/drawing")
async def draw(request: Request[Who, Any, Any], id: FromPath[int]) -> Response[Any]:
    form = await read(request, DrawForm)
    row = await load(id)
    row.version = form.version
    try:
        await pictures.have_drawn(row, form.prompt, by=by_person(request.user))
    except Refused as refusal:
        raise HTTPException(refusal.reason, status_code=403 if refusal.forbidden else 409) from refusal
    return see_other(f"/posts/{id}", flash="It is being drawn.")
