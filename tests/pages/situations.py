"""Posts in every situation that opens or shuts a button, and what each shuts; typed by hand from product.md §2.2."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.lifecycles.machine import By
from app.tables import Delivery, Person, Post, Recall
from tests.lifecycles.expected import Actor, may
from tests.makers import make_channel, make_delivery, make_media, make_picture, make_post, make_publication
from tests.makers import make_revision as revise
from tests.rows import now, store

REVIEW = ("generated_pending_review", "modified_pending_review")
SENDING = {"approve", "approve_and_publish", "approve_and_schedule"}
AGAIN = {"schedule", "publish_now"}
# A chain is two hops in one click: both must be allowed, the second from where the first one leads.
CHAINS = {
    "approve_and_publish": ("approve", "approved", "publish_now"),
    "approve_and_schedule": ("approve", "approved", "schedule"),
    "retry_and_generate": ("retry_generation", "to_be_generated", "generate"),
    "replan_and_generate": ("replan", "to_be_generated", "generate"),
}
FROM_A_PAGE = {"create", "edit"}  # made by saving a form of their own, not by a button
ADMIN = Actor("admin", By("person", person=1, role="admin"), own=False)
Maker = Callable[..., Awaitable[Post]]


@dataclass(frozen=True)
class Situation:
    """A status with the facts that matter; `shut` are the moves that those facts close for everybody."""

    words: str
    status: str
    make: Maker
    shut: frozenset[str] = frozenset()

    def opens(self, move: str, actor: Actor) -> bool:
        """Whether the hand-typed table and the facts let this actor click it."""
        return self.allows(move, actor) and not self.shut & {move, "everything"}

    def allows(self, move: str, actor: Actor) -> bool:
        if move in CHAINS:
            first, middle, second = CHAINS[move]
            return may(self.status, first, actor) and may(middle, second, actor)
        return may(self.status, move, actor)

    def has(self, move: str) -> bool:
        """Whether some person, if not this one, may make the move from this status."""
        return self.allows(move, ADMIN)


async def channel(**settings: Any) -> Any:
    return await make_channel("webhook", settings={"url": "https://example.com/hook", **settings})


def plain(status: str, **values: Any) -> Maker:
    async def make(**more: Any) -> Post:
        return await make_post(status, channels=[await channel()], **values, **more)

    return make


def delivered(*statuses: str) -> Maker:
    """A failed post whose channels ended like this."""

    async def make(**more: Any) -> Post:
        channels = [await channel() for _ in statuses]
        post = await make_post("publish_failed", channels=channels, **more)
        await Delivery.delete().where(Delivery.post == post.id)
        publication = await make_publication(post, "completed")
        for target, status in zip(channels, statuses, strict=True):
            await make_delivery(publication, target, status)
        return post

    return make


async def edited_since(**more: Any) -> Post:
    post = await plain("published")(**more)
    await revise(post, body="Something new.", origin="edited")
    return post


async def with_a_gap(**more: Any) -> Post:
    post = await plain("generated_pending_review")(**more)
    await revise(post, body="It costs [write: how much].", origin="edited", gaps=1)
    return post


async def with_a_failed_picture(**more: Any) -> Post:
    post = await plain("generated_pending_review")(**more)
    await make_picture(await revise(post, origin="edited"), await make_media(post, "failed"))
    return post


async def being_asked(**more: Any) -> Post:
    post = await plain("scheduled")(**more)
    await store(Recall, {}, post=post.id, move="unschedule", next_at=now(minutes=1))
    return post


async def without_a_channel(**more: Any) -> Post:
    return await make_post("generated_pending_review", channels=[], **more)


def _shut(*names: str) -> frozenset[str]:
    return frozenset(names)


def _unwritten(status: str) -> tuple[Situation, Situation]:
    return (
        Situation(status, status, plain(status), _shut("submit")),
        Situation(f"{status}, written by hand", status, plain(status, with_revision=True)),
    )


SITUATIONS = (
    *_unwritten("awaiting_user_date"), *_unwritten("to_be_generated"), *_unwritten("missed"),
    *_unwritten("generation_failed"),
    *(
        Situation(status, status, plain(status))
        for status in ("generating", "text_ready_images_pending", *REVIEW, "approved", "scheduled", "publishing",
                       "unpublished", "rejected")
    ),
    Situation("review, a gap open", REVIEW[0], with_a_gap, frozenset(SENDING)),
    Situation("review, a picture failed", REVIEW[0], with_a_failed_picture, frozenset(SENDING)),
    Situation("review, no channel", REVIEW[0], without_a_channel, frozenset(SENDING - {"approve"})),
    Situation("scheduled, platforms being asked", "scheduled", being_asked, _shut("everything")),
    Situation("rejected, archived", "rejected", plain("rejected", archived_at=now()), _shut("everything")),
    Situation("published", "published", plain("published"), _shut("publish_changes")),
    Situation("published, edited since", "published", edited_since),
    Situation("publish_failed, nothing live", "publish_failed", delivered("failed"),
              _shut("confirm_live", "accept", "set_back")),
    Situation("publish_failed, partly live", "publish_failed", delivered("published", "failed"),
              _shut("confirm_live", "reopen")),
    Situation("publish_failed, all live", "publish_failed", delivered("published"), _shut("reopen", *AGAIN)),
    Situation("publish_failed, not confirmed", "publish_failed", delivered("unconfirmed"),
              _shut("confirm_live", "accept", "set_back", "reopen", *AGAIN)),
)  # fmt: skip


async def authored(situation: Situation, actor: Actor, me: Person, other: Person) -> Post:
    """The situation's post, mine or somebody else's."""
    return await situation.make(author=me if actor.own else other, by=other)
