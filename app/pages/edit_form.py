"""What the editor's form holds, read strictly to save it and leniently so that nothing typed is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from app.body import Posted, posted
from app.content import Text
from app.pages.forms import choice, given, number, text
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class EditForm:
    """Captions and alt texts come as lists beside their channel and media ids; `then` is the button."""

    title: str = text(300)
    slug: str = text(200, required=False)
    excerpt: str = text(500, required=False, multiline=True)
    body: str = text(500_000, required=False, multiline=True)
    caption_channel: tuple[int, ...] = given(default=())
    caption: tuple[str, ...] = text(5000, required=False, multiline=True)
    picture: tuple[int, ...] = given(default=())
    alt: tuple[str, ...] = text(500, required=False)
    drop: tuple[int, ...] = given(default=())
    file: UploadFile | None = given()
    new_alt: str = text(500, required=False)
    prompt: str = text(1000, required=False)
    tab: str = text(32, required=False)
    version: int | None = number(1, 2**31 - 1, required=False)
    then: str = choice("save", "submit", "upload", "draw", default="save")


def as_text(form: EditForm, stored: Text) -> Text:
    """The form as a text; what it does not show of the stored one stays."""
    alts = dict(zip(form.picture, form.alt, strict=False))
    captions = dict(zip(form.caption_channel, form.caption, strict=False))
    return _text(form.title, form.body, form.excerpt, form.slug, captions, alts, form.drop, stored)


async def typed(request: Request[Who, Any, Any], stored: Text) -> Text:
    """Everything as it was typed, however wrong, to be shown again."""
    sent = await posted(request)
    captions = _pairs(_all(sent, "caption_channel"), _all(sent, "caption"))
    alts = _pairs(_all(sent, "picture"), _all(sent, "alt"))
    title, body, excerpt, slug = (
        _one(sent, name, getattr(stored, name)) for name in ("title", "body", "excerpt", "slug")
    )
    return _text(title, body, excerpt, slug, captions, alts, (), stored)


def kept(text: Text) -> dict[str, Any]:
    """A text as the fields of a draft copy."""
    captions = {str(channel): fields.get("text", "") for channel, fields in text.renditions.items()}
    alts = {str(picture.media): picture.alt for picture in text.pictures}
    words = {"title": text.title, "slug": text.slug, "excerpt": text.excerpt, "body": text.body}
    return {**words, "captions": captions, "alts": alts}


def restored(fields: Mapping[str, Any], stored: Text) -> Text:
    """A draft copy laid over what is stored."""
    captions = {int(channel): words for channel, words in fields.get("captions", {}).items()}
    alts = {int(media): alt for media, alt in fields.get("alts", {}).items()}
    pictures = tuple(replace(p, alt=alts.get(p.media, p.alt)) for p in stored.pictures)
    renditions = _renditions(captions, stored)
    return Text(fields["title"], fields["body"], fields["excerpt"], fields["slug"], renditions, pictures)


def _text(
    title: str, body: str, excerpt: str, slug: str, captions: Mapping[int, str], alts: Mapping[int, str],
    drop: tuple[int, ...], stored: Text,
) -> Text:  # fmt: skip
    pictures = tuple(replace(p, alt=alts.get(p.media, p.alt)) for p in stored.pictures if p.media not in drop)
    return Text(title, body, excerpt, slug or stored.slug, _renditions(captions, stored), pictures)


def _renditions(captions: Mapping[int, str], stored: Text) -> dict[int, Mapping[str, str]]:
    """Typed captions; an emptied one is derived again, and a channel the form does not show keeps its own."""
    hidden = {channel: fields for channel, fields in stored.renditions.items() if channel not in captions}
    return {**hidden, **{channel: {"text": words} for channel, words in captions.items() if words.strip()}}


def _pairs(keys: list[str], values: list[str]) -> dict[int, str]:
    return {int(key): value for key, value in zip(keys, values, strict=False) if key.isdecimal() and len(key) < 19}


def _all(sent: Posted, name: str) -> list[str]:
    return [one for one in sent.get(name, []) if isinstance(one, str)]


def _one(sent: Posted, name: str, default: str) -> str:
    return next(iter(_all(sent, name)), default)
