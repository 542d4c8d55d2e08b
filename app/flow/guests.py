"""Guest links: somebody without an account approves one exact content, or asks for changes, in an editor's name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app import audit, moves, seals, sql, tickets
from app import facts as fact_sheet
from app.atomic import atomic, whole
from app.flow import comments, plan, review
from app.lifecycles.machine import By
from app.lifecycles.post import REVIEW
from app.moves import MovedMeanwhile, Refused, lock
from app.settings import settings
from app.tables import Post
from app.tickets import Guest

R = TypeVar("R")
GONE = "This link does not work any more, or never did. Ask whoever sent it for a new one."
REPLACED = "This version was replaced; ask for a new link."
DECIDED = "It is not waiting for an approval any more. There is nothing left to do."
VOTED = "You approved it already, and a guest’s approval counts as yours. Ask another editor to make the link."
MOST = 20
LINKS = """
SELECT t.id, n.name AS by, t.expires_at, t.used_at, t.digest,
  t.used_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > now() AND n.disabled_at IS NULL AS open,
  t.revoked_at IS NOT NULL AS revoked FROM ticket t JOIN person n ON n.id = t.person
WHERE t.kind = 'guest' AND t.post = $1 ORDER BY t.id DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Link:
    """One link as its post's page lists it; `open`: it can still be used, if the text is still that of `digest`."""

    id: int
    by: str
    expires_at: datetime
    used_at: datetime | None
    digest: bytes
    open: bool
    revoked: bool


class Replaced(Refused):
    """The post says something else by now."""

    def __init__(self) -> None:
        super().__init__(REPLACED)


@whole
async def invite(post: Post, days: int, *, by: By) -> str:
    """The address of a new link for what the post says now; shown once. Whoever makes it must be able to approve."""
    async with atomic():
        await lock(post.id)
        facts = await fact_sheet.of(post.id)
        if facts.version != post.version:
            raise MovedMeanwhile
        if by.person is None or by.person in facts.voters:
            raise Refused(VOTED)
        moves.demand(moves.line(post, "approve", facts.status, by), facts, by)
        what = await seals.sealable(post.id)
        token = await tickets.issue_guest(post.id, what.digest, person=by.person, days=days)
        await audit.record("post", post.id, "invite_guest", by=by, post=post.id, told={"days": days})
    return f"{settings().origin}/approve/{token}"


async def links(post: int) -> list[Link]:
    """The newest links of a post."""
    return [Link(**found) for found in await sql.rows(LINKS, post, MOST)]


async def revoke(post: int, link: int, *, by: By) -> None:
    """Stop a link; one that was used or stopped stays as it is."""
    if not by.reaches("editor"):
        raise Refused("Stopping guest links needs the role editor.", forbidden=True)
    async with atomic():
        stopped = await sql.run(
            "UPDATE ticket SET revoked_at = now() WHERE id = $2 AND post = $1 AND kind = 'guest' AND used_at IS NULL"
            " AND revoked_at IS NULL", post, link,
        )  # fmt: skip
        if stopped:
            await audit.record("post", post, "revoke_guest", by=by, post=post, told={"link": link})


async def shown(guest: Guest) -> seals.Sealable:
    """What the link is for, exactly as it would be sealed; Refused when that is no longer what is asked."""
    facts = await fact_sheet.of(guest.post)
    if facts.archived or facts.status not in REVIEW:
        raise Refused(DECIDED)
    what = await seals.sealable(guest.post)
    if what.digest != guest.digest:
        raise Replaced
    return what


async def outcome(guest: Guest) -> str:
    """What was done by a link that is used up."""
    name = await sql.value(
        "SELECT guest FROM approval WHERE post = $1 AND digest = $2 AND person = $3 AND guest IS NOT NULL",
        guest.post, guest.digest, guest.person,
    )  # fmt: skip
    if name is None:
        return f"{guest.name} was asked for changes."
    return f"{name} approved this version. There is nothing left to do."


@whole
async def approve(token: str, name: str) -> None:
    """The guest's approval: one vote in the editor's name, the last one needed seals and approves."""

    async def vote(post: Post, guest: Guest, by: By) -> None:
        await review.approve(post, guest.digest, by=by, guest=name)

    await _decide(token, vote)


@whole
async def request_changes(token: str, name: str, reason: str) -> None:
    """The guest asks for changes: a comment in their name, and approvals given are void."""

    async def ask(post: Post, guest: Guest, by: By) -> None:
        await comments.request_changes(post, reason, by=by, guest=name)

    await _decide(token, ask)


async def _decide(token: str, verb: Callable[[Post, Guest, By], Awaitable[R]]) -> None:
    """Use the link up and do it, or neither."""
    guest = await tickets.guest(token)
    if guest is None:
        raise Refused(GONE)
    async with atomic():
        await lock(guest.post)
        if not await tickets.use(token):
            raise Refused(DECIDED)
        await shown(guest)
        await verb(await plan.load(guest.post), guest, By("person", guest.person, role=guest.role, name=guest.name))
