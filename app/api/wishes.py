"""What programs send, as types and as cleaned values. Unknown fields are refused; every wrong one is named at once."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import msgspec
from litestar.exceptions import HTTPException
from msgspec import UNSET, Meta, UnsetType

from app.api.numbers import Version
from app.prose.clean import typed

LIMITS = {"title": 300, "slug": 200, "keyword": 200, "angle": 500, "excerpt": 500, "brief": 50_000, "body": 500_000,
          "alt": 500, "reason": 2000}  # fmt: skip
MULTILINE = {"excerpt", "brief", "body"}
CAPTION, PICTURES, PROFILES = 5000, 10, 50
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Instant = Annotated[datetime, Meta(description="RFC 3339 with an offset, such as 2026-03-27T10:30:00Z.", tz=True)]
Text = str | UnsetType


class MediaWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture: one that Galley has (`asset_id`), or one to import before the write is accepted (`url`)."""

    asset_id: str = ""
    url: str = ""
    alt: str = ""


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a post says and where it goes. What is left out stays as it is."""

    title: Text = UNSET
    body: Annotated[str, Meta(description="Markdown.")] | UnsetType = UNSET
    excerpt: Text = UNSET
    slug: Text = UNSET
    keyword: Text = UNSET
    angle: Text = UNSET
    brief: Text = UNSET
    captions: Annotated[dict[str, str], Meta(description="Texts of their own, by profile id.")] | UnsetType = UNSET
    profiles: Annotated[list[int], Meta(description="Where it goes; default: every connected one.")] | UnsetType = UNSET
    campaign_id: int | UnsetType | None = UNSET
    media: list[MediaWish] | UnsetType = UNSET
    planned_at: Instant | UnsetType | None = UNSET
    planned_on: date | UnsetType | None = UNSET


class PostWish(Content, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new post. Without `draft` it is published: now, or at a future `scheduled_at`."""

    draft: bool = False
    scheduled_at: Instant | None = None


class NewPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    post: PostWish


class PublishWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When an existing post shall go out; null, or a time that has passed, means now."""

    scheduled_at: Instant | None = None


class PostChange(Content, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Changes of a post; `version` (or If-Match) is the one that was seen."""

    version: Version | None = None
    scheduled_at: Instant | UnsetType = UNSET


class PostPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    post: PostChange


def invalid(fields: dict[str, str]) -> HTTPException:
    """422 with a sentence for each field."""
    extra = {"code": "invalid_fields", "fields": fields}
    return HTTPException(status_code=422, detail="Some fields need fixing.", extra=extra)


def clean(wish: Content) -> dict[str, Any]:
    """The fields that were sent, normalised as typed text is; raises `invalid` naming everything that is wrong."""
    given = {name: getattr(wish, name) for name in wish.__struct_fields__ if getattr(wish, name) is not UNSET}
    errors: dict[str, str] = {}
    for name, value in given.items():
        try:
            given[name] = _cleaned(name, value)
        except ValueError as wrong:
            errors[f"post.{name}"] = str(wrong)
    if errors:
        raise invalid(errors)
    return given


def clean_time(at: datetime | None) -> datetime | None:
    """An instant in UTC that a calendar can hold."""
    try:
        return None if at is None else _instant(at)
    except ValueError as wrong:
        raise invalid({"scheduled_at": str(wrong)}) from wrong


def clean_words(name: str, words: str) -> str:
    """A text beside a move, which may be empty."""
    try:
        return typed(words, LIMITS[name], multiline=name == "reason")
    except ValueError as wrong:
        raise invalid({name: str(wrong)}) from wrong


def _cleaned(name: str, value: Any) -> Any:
    if name in LIMITS:
        return typed(value, LIMITS[name], multiline=name in MULTILINE, required=name == "title")
    match value:
        case datetime():
            return _instant(value)
        case date() if not EARLIEST.year <= value.year < LATEST.year:
            raise ValueError("Pick a nearer day.")
        case dict():
            return {_number(key): typed(words, CAPTION, multiline=True) for key, words in value.items()}
        case list() if name == "media":
            return [_media(one) for one in _few(value, PICTURES, "pictures")]
        case list():
            return tuple(dict.fromkeys(_number(one) for one in _few(value, PROFILES, "profiles")))
    return value


def _few(values: list[Any], most: int, what: str) -> list[Any]:
    if len(values) > most:
        raise ValueError(f"At most {most} {what}.")
    return values


def _instant(at: datetime) -> datetime:
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise ValueError("Pick a nearer time.") from None
    if not EARLIEST <= at < LATEST:
        raise ValueError("Pick a nearer time.")
    return at


def _number(value: str | int) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0):
        raise ValueError("Name a profile by its id.")
    return int(text)


def _media(wish: MediaWish) -> MediaWish:
    if bool(wish.asset_id) == bool(wish.url):
        raise ValueError("Give each picture either an asset_id or a url.")
    return msgspec.structs.replace(wish, alt=typed(wish.alt, LIMITS["alt"], multiline=False))
