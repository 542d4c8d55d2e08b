"""What becomes of a post whose deliveries have settled: decided under its lock, after every settle, by any of them."""

from app import facts as fact_sheet
from app import moves
from app.flow import plan, runs
from app.lifecycles.facts import PostFacts
from app.lifecycles.machine import PLATFORM, WORKER, By
from app.lifecycles.statuses import DeliveryStatus, PostStatus, PublicationStatus
from app.moves import move
from app.tables import Post, Publication


async def close_up(post: int, *, by: By = WORKER) -> None:
    """When every delivery has settled, the post follows its newest deliveries and the publication ends.

    Decided under the post's lock, so that two deliveries settling at once cannot both leave it to the other.
    """
    facts = await fact_sheet.of(post)
    if facts.run and facts.settled:
        publication = await runs.open_publication(post)
        if await _follow(await plan.load(post), facts, by) and publication:
            await _complete(publication, facts)
    elif facts.status == PostStatus.PUBLISH_FAILED and facts.run is None and not facts.archived:
        await _confirm_live(await plan.load(post), by)


def starts(post: Post, facts: PostFacts, by: By) -> bool:
    """Whether `by` may take the post from its schedule into publishing now."""
    return moves.line(post, "start_publishing", post.status, by).refusal(facts, by, own=False) is None


async def _follow(post: Post, facts: PostFacts, by: By) -> bool:
    """The post's status after dispatch is a function of its newest deliveries (invariant v).

    False while it has to wait: nothing that settles early lets the post begin, or fail, before its time, except
    that it is live already.
    """
    if post.status == PostStatus.SCHEDULED:
        early = facts.run is not None and DeliveryStatus.PUBLISHED in facts.run.deliveries
        starter = next((who for who in (WORKER, *([PLATFORM] if early else [])) if starts(post, facts, who)), None)
        if starter is None:
            return False
        post = await move(post, "start_publishing", by=starter, known=facts)
        facts = await fact_sheet.of(post.id)
    if post.status == PostStatus.PUBLISHING:
        mover = by if by.kind == "platform" else WORKER
        await move(post, _end(post, facts), by=mover, known=facts)
    return True


def _end(post: Post, facts: PostFacts) -> str:
    """What became of a run that has settled; the table's guards leave exactly one."""
    return next(
        name
        for name in ("complete", "fail_publishing", "keep_live")
        if moves.line(post, name, post.status, WORKER).refusal(facts, WORKER, own=False) is None
    )


async def _complete(publication: Publication, facts: PostFacts) -> None:
    if publication.status == PublicationStatus.PENDING:
        publication = await move(publication, "advance", by=WORKER, values={Publication.next_at: None})
    released = {Publication.completed_at: facts.now, Publication.held_for: None, Publication.held_at: None}
    await move(publication, "complete", by=WORKER, values=released)


async def _confirm_live(post: Post, by: By) -> None:
    facts = await fact_sheet.of(post.id)
    line = moves.line(post, "confirm_live", post.status, by)
    if line.refusal(facts, by, own=False) is None:
        await move(post, "confirm_live", by=by, known=facts)
