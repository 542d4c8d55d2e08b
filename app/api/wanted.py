"""From a program's wish to what a verb takes: cleaned, and held to the rows it names. Called before any write."""

from typing import Any
from uuid import UUID

from app import sql
from app.api.wishes import Content, MediaWish, PostWish, clean, invalid
from app.content import Shown
from app.flow import imports
from app.flow.accept import Wanted
from app.images import Bad, Image
from app.lifecycles.machine import By

DRAFT_AT = "A draft has no scheduled_at: publish it with POST /api/posts/{id}/publish, or send planned_at."
NO_TITLE, NO_BODY, NO_PROFILE = "Write a title.", "Write a body, or send `draft: true`.", "Connect a channel first."
OF_A_TEXT, NO_TEXT = ("excerpt", "slug", "captions", "media"), "It is kept with a text: send post.body as well."
Pictures = list[tuple[MediaWish, Image | None]]
NOTHING: tuple[dict[str, Any], Pictures] = ({}, [])  # what is left to prepare of what was answered before


async def new(wish: PostWish) -> tuple[dict[str, Any], Pictures]:
    """The cleaned fields of a new post and its pictures, imported; 422 naming every field that is wrong."""
    given = clean(wish)
    connected = await _connected()
    given.setdefault("profiles", tuple(sorted(connected)))
    wrong = await _unknown(given, connected)
    if not given.get("title"):
        wrong["post.title"] = NO_TITLE
    if wish.draft and wish.scheduled_at is not None:
        wrong["post.scheduled_at"] = DRAFT_AT
    if not wish.draft and not given.get("body"):
        wrong["post.body"] = NO_BODY
    wrong |= _homeless(given)
    if not wish.draft and not given["profiles"]:
        wrong.setdefault("post.profiles", NO_PROFILE)
    if wrong:
        raise invalid(wrong)
    return given, await _imported(given)


async def changes(wish: Content, *, written: bool) -> tuple[dict[str, Any], Pictures]:
    """The same for changes of a post, which has a text already or is a mere plan."""
    given = clean(wish)
    wrong = await _unknown(given, await _connected()) | ({} if written else _homeless(given))
    if wrong:
        raise invalid(wrong)
    return given, await _imported(given)


async def wanted(given: dict[str, Any], pictures: Pictures, *, by: By, draft: bool = True) -> Wanted:
    """What the verb takes; call it in the transaction of the write, since imported pictures are kept by it."""
    fields = {name: value for name, value in given.items() if name not in ("draft", "scheduled_at", "version")}
    if "media" in fields:
        fields["media"] = tuple([await _shown(wish, image, by) for wish, image in pictures])
    return Wanted(fields, draft, given.get("scheduled_at"))


def _homeless(given: dict[str, Any]) -> dict[str, str]:
    """What belongs to a text and would be lost without one."""
    lost = () if given.get("body") else OF_A_TEXT
    return {f"post.{name}": NO_TEXT for name in lost if given.get(name)}


async def _connected() -> set[int]:
    return {record["id"] for record in await sql.rows("SELECT id FROM channel WHERE disconnected_at IS NULL")}


async def _unknown(given: dict[str, Any], connected: set[int]) -> dict[str, str]:
    """Rows that are named and are not there."""
    wrong: dict[str, str] = {}
    for name in ("profiles", "captions"):
        if strange := sorted(set(given.get(name, ())) - connected):
            wrong[f"post.{name}"] = f"There is no connected profile {strange[0]}."
    campaign = given.get("campaign_id")
    if campaign is not None and not await _campaign(campaign):
        wrong["post.campaign_id"] = "There is no such campaign."
    if given.get("planned_at") and given.get("planned_on"):
        wrong["post.planned_on"] = "Send planned_at or planned_on, not both."
    return wrong


async def _campaign(id: int) -> bool:
    found = "SELECT 1 FROM campaign WHERE id = $1 AND archived_at IS NULL"
    return 0 < id < 2**63 and await sql.value(found, id) is not None


async def _imported(given: dict[str, Any]) -> Pictures:
    found: Pictures = []
    for at, wish in enumerate(given.get("media", ())):
        image = await imports.fetch(wish.url) if wish.url else None
        if isinstance(image, Bad):
            raise invalid({f"post.media.{at}.url": image.note})
        found.append((wish, image))
    return found


async def _shown(wish: MediaWish, image: Image | None, by: By) -> Shown:
    if image is not None:
        media = await imports.keep(image, wish.alt, source="imported", by=by, url=wish.url)
        return Shown(media.id, wish.alt)
    kept = (await imports.find([_asset(wish.asset_id)])).get(_asset(wish.asset_id))
    if kept is None:
        raise invalid({"post.media": f"There is no picture {wish.asset_id[:40]!r}."})
    return Shown(kept.id, wish.alt)


def _asset(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise invalid({"post.media": f"{text[:40]!r} is no asset id."}) from None
