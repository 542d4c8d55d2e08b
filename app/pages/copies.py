"""One person's unsaved typing on one post: kept by autosave, offered again, forgotten once saved. For the editor."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from app import content, sql
from app.content import Text
from app.pages import edit_form
from app.tables import Post

# As json writes it, which PostgreSQL does not take; the same letters typed have one backslash more before them.
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


@dataclass(frozen=True, slots=True)
class Copy:
    """What was typed, when, and whether it was typed over the version that is stored now."""

    text: Text
    saved_at: datetime
    current: bool


async def keep(post: Post, person: int, typed: Text, *, seen: int | None, tab: str = "") -> None:
    """Keep what was typed in `tab` over the version `seen`; typing over an older one stays marked as such."""
    based_on = post.revision if seen == post.version else None
    fields = json.dumps({**edit_form.kept(typed), "tab": tab})
    await sql.run(
        "INSERT INTO draft_copy (post, person, based_on, fields, saved_at) VALUES ($1, $2, $3, $4, now())"
        " ON CONFLICT (post, person) DO UPDATE SET based_on = $3, fields = $4, saved_at = now()",
        post.id, person, based_on, NUL.sub(r"\1", fields),
    )  # fmt: skip


async def find(post: Post, person: int, stored: Text) -> Copy | None:
    """What this person typed and did not save; None when nothing, or the same as is stored."""
    found = await sql.row(
        "SELECT fields, based_on, saved_at FROM draft_copy WHERE post = $1 AND person = $2", post.id, person
    )
    if found is None:
        return None
    fields: dict[str, Any] = msgspec.json.decode(found["fields"])
    text = edit_form.restored(fields, stored)
    if content.same(text, stored):
        return None
    return Copy(text, found["saved_at"], found["based_on"] == post.revision)


def words(copy: Text, stored: Text) -> str:
    """All of an unsaved text that differs from what is stored, to be read and copied from."""
    pairs = ((copy.title, stored.title), (copy.excerpt, stored.excerpt), (copy.body, stored.body))
    captions = ((fields.get("text", ""), stored.renditions.get(channel, {}).get("text", ""))
                for channel, fields in copy.renditions.items())  # fmt: skip
    return "\n\n".join(typed for typed, known in (*pairs, *captions) if typed.strip() and typed != known)


async def forget(post: int, person: int, tab: str = "") -> None:
    """What this person typed there is saved or given up; with `tab`, only if it was typed in that one."""
    await sql.run(
        "DELETE FROM draft_copy WHERE post = $1 AND person = $2 AND ($3 = '' OR coalesce(fields->>'tab', $3) = $3)",
        post, person, tab,
    )  # fmt: skip
