"""What people say about a post: comment, reply, change, delete, resolve, ask for changes. No status moves here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app import audit, content, seals, sql
from app import facts as fact_sheet
from app.atomic import atomic, whole
from app.flow import comment_people
from app.lifecycles.machine import By
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import listed
from app.moves import IllegalMove, MovedMeanwhile, Refused, lock
from app.prose.blocks import blocks
from app.tables import Post

LONGEST = 5000
MINUTES = 10  # for which one's own comment may be changed
EMPTY = "Write something first."
TOO_LONG = f"A comment has at most {LONGEST:,} characters."
TOO_LATE = f"A comment can be changed for {MINUTES} minutes. Reply to it instead."
NOT_YOURS = "Only whoever wrote a comment can change or delete it."
SAY = """
INSERT INTO comment (post, parent, person, guest, kind, body, anchor, revision, form_token)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (form_token) DO NOTHING RETURNING id
"""
# A comment `c` asks for changes of its post `p` as that is now.
ASKS_FOR_CHANGES = f"""c.kind = 'request' AND c.resolved_at IS NULL AND c.deleted_at IS NULL
  AND p.revision = c.revision AND p.archived_at IS NULL AND p.status IN ({listed(*REVIEW)})"""
OPEN_REQUESTS = f"""
SELECT c.id, c.post, p.title, c.body, c.created_at, coalesce(n.name, c.guest) AS by FROM comment c
JOIN post p ON p.id = c.post LEFT JOIN person n ON n.id = c.person
WHERE p.author = $1 AND {ASKS_FOR_CHANGES} ORDER BY c.id DESC LIMIT 100
"""  # noqa: S608  (names of statuses)


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody typed. `paragraph` counts from 1 on `revision`, the version they were reading."""

    body: str
    parent: int | None = None
    revision: int | None = None
    paragraph: int | None = None
    form_token: UUID | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request for changes that waits for the post's owner."""

    id: int
    post: int
    title: str
    body: str
    created_at: datetime
    by: str


@whole
async def say(post: int, remark: Remark, *, by: By, guest: str = "") -> int:
    """Add a comment or a reply and return its id; the same form sent twice is one comment."""
    _demand(by, remark.body)
    async with atomic():
        await _demand_thread(post, remark.parent)
        return await _add(post, remark, "comment", by, guest)


@whole
async def request_changes(post: Post, body: str, *, by: By, guest: str = "", form_token: UUID | None = None) -> int:
    """Ask its owner for changes: approvals given are void, the status stays. `guest` speaks in an editor's name.

    `post` is the row its reader saw: a newer version raises MovedMeanwhile.
    """
    _demand(by, body)
    if not by.reaches("editor"):
        raise Refused("Asking for changes needs the role editor.", forbidden=True)
    async with atomic():
        await lock(post.id)
        if earlier := await _earlier(form_token, body, by):
            return earlier
        facts = await fact_sheet.of(post.id)
        if facts.status not in REVIEW or facts.archived:
            raise IllegalMove("Changes can be asked for while a post is in review.")
        if facts.version != post.version:
            raise MovedMeanwhile
        await seals.void(post.id)
        return await _add(post.id, Remark(body, revision=post.revision, form_token=form_token), "request", by, guest)


@whole
async def rewrite(comment: int, body: str, *, by: By) -> None:
    """Change one's own comment while it is fresh."""
    _demand(by, body)
    async with atomic():
        post = await _own(comment, by)
        changed = await sql.run(
            "UPDATE comment SET body = $2, edited_at = now() WHERE id = $1 AND created_at > now() - $3 * interval"
            " '1 minute'", comment, body, MINUTES,
        )  # fmt: skip
        if not changed:
            raise Refused(TOO_LATE)
        await comment_people.name(post, comment, body, speaker=by.person)
        await audit.record("post", post, "edit_comment", by=by, post=post, told={"comment": comment})


@whole
async def delete(comment: int, *, by: By) -> None:
    """Take one's own comment back: a line stays that says who did."""
    async with atomic():
        post = await _own(comment, by)
        await sql.run("UPDATE comment SET deleted_at = now() WHERE id = $1", comment)
        await sql.run("DELETE FROM mention WHERE comment = $1", comment)
        await audit.record("post", post, "delete_comment", by=by, post=post, told={"comment": comment})


@whole
async def resolve(comment: int, *, by: By) -> None:
    """Settle a thread; a settled one stays so."""
    await _settle(comment, "resolved_at = now(), resolved_by = $2 WHERE resolved_at IS NULL", "resolve", by)


@whole
async def reopen(comment: int, *, by: By) -> None:
    """Undo of resolve."""
    settled = "resolved_at = NULL, resolved_by = NULL WHERE resolved_at IS NOT NULL AND $2::bigint IS NOT NULL"
    await _settle(comment, settled, "reopen_comment", by)


async def post_of(comment: int) -> int:
    """The post it belongs to, or LookupError."""
    found: int | None = await sql.value("SELECT post FROM comment WHERE id = $1", comment)
    if found is None:
        raise LookupError(comment)
    return found


async def open_requests(person: int) -> Sequence[Waiting]:
    """Changes asked for on this person's posts in review, until the text is edited or the request is settled."""
    return [Waiting(**found) for found in await sql.rows(OPEN_REQUESTS, person)]


def _demand(by: By, body: str) -> None:
    if not by.reaches("writer"):
        raise Refused("Comments need the role writer.", forbidden=True)
    if not body.strip():
        raise Refused(EMPTY)
    if len(body) > LONGEST:
        raise Refused(TOO_LONG)


async def _demand_thread(post: int, parent: int | None) -> None:
    """A reply goes below an open thread of the same post."""
    if parent is None:
        return
    found = await sql.row("SELECT post, parent, resolved_at FROM comment WHERE id = $1 FOR UPDATE", parent)
    if found is None or found["post"] != post or found["parent"] is not None:
        raise Refused("The comment you reply to is not here.")
    if found["resolved_at"]:
        raise Refused("This thread was resolved meanwhile. Reopen it to reply.")


async def _add(post: int, remark: Remark, kind: str, by: By, guest: str) -> int:
    anchor, revision = await _anchored(post, remark)
    values = (post, remark.parent, None if guest else by.person, guest or None, kind, remark.body, anchor, revision)
    number: int | None = await sql.value(SAY, *values, remark.form_token)
    if number is None:
        if earlier := await _earlier(remark.form_token, remark.body, by):
            return earlier
        number = int(await sql.value(SAY, *values, None))  # another tab said something else with the same form
    named = await comment_people.name(post, number, remark.body, speaker=by.person)
    if remark.parent:
        said_by = None if guest else by.person  # a guest's words are news to the editor they are said for
        await comment_people.reply(post, number, remark.parent, besides=[*named, said_by])
    name = "request_changes" if kind == "request" else "reply" if remark.parent else "comment"
    told = {"comment": number, **({"guest": guest} if guest else {})}
    note = remark.body[:500] if kind == "request" else ""
    await audit.record("post", post, name, by=by, post=post, note=note, told=told)
    return number


async def _anchored(post: int, remark: Remark) -> tuple[str | None, int | None]:
    """The words of the paragraph as its reader saw it, and that version; a foreign one is nobody's."""
    own = "SELECT id FROM revision WHERE post = $1 AND id = coalesce($2, (SELECT revision FROM post WHERE id = $1))"
    revision: int | None = await sql.value(own, post, remark.revision)
    if revision is None or remark.paragraph is None or remark.parent:
        return None, revision
    found = blocks((await content.load(revision)).body_html)
    here = 0 < remark.paragraph <= len(found)
    return (found[remark.paragraph - 1].text or None) if here else None, revision


async def _own(comment: int, by: By) -> int:
    """Its post, once it is certain that `by` wrote it and it still stands."""
    found = await sql.row("SELECT post, person, deleted_at FROM comment WHERE id = $1 FOR UPDATE", comment)
    if found is None or found["deleted_at"]:
        raise Refused("This comment is gone.")
    if found["person"] is None or found["person"] != by.person:
        raise Refused(NOT_YOURS, forbidden=True)
    number: int = found["post"]
    return number


async def _settle(comment: int, how: str, name: str, by: By) -> None:
    if not by.reaches("writer"):
        raise Refused("Settling comments needs the role writer.", forbidden=True)
    async with atomic():
        statement = f"UPDATE comment SET {how} AND id = $1 AND parent IS NULL RETURNING post"  # noqa: S608
        post: int | None = await sql.value(statement, comment, by.person)
        if post is not None:
            await audit.record("post", post, name, by=by, post=post, told={"comment": comment})


async def _earlier(token: UUID | None, body: str, by: By) -> int | None:
    """What the same form said before."""
    statement = "SELECT id FROM comment WHERE form_token = $1 AND body = $2 AND coalesce(person, $3) = $3"
    found: int | None = await sql.value(statement, token, body, by.person) if token else None
    return found
