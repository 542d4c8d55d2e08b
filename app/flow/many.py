"""Many: plans made and a campaign's buttons pressed, each post in a transaction of its own; a refusal stops no other.

Beside flow/bulk.py, which acts on any ticked posts; here each carries a time of its own, or is not there yet.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.flow import clicks, plan
from app.flow.bulk import Done
from app.flow.clicks import Click
from app.flow.plan import Plan
from app.lifecycles.machine import By
from app.moves import IllegalMove, MovedMeanwhile, Refused
from app.tables import Post

GONE = "This post is gone."


@dataclass(frozen=True, slots=True)
class Seen:
    """One post as the page showed it that asks for the act, and the time proposed for it."""

    post: int
    version: int
    at: datetime | None = None


async def click(rows: Sequence[Seen], name: str, *, campaign: int, by: By) -> list[Done]:
    """Press the button on each of the campaign's posts, in the order given."""
    return [await tried(seen.post, _press(seen, name, campaign, by)) for seen in rows]


async def plan_all(plans: Mapping[int, Plan], *, by: By) -> list[Done]:
    """A new post for each plan, told by its number; one whose form token was seen before is that post again."""
    return [await tried(number, plan.create(wanted, by=by)) for number, wanted in plans.items()]


async def tried(number: int, act: Awaitable[Post]) -> Done:
    """What became of the act on the post, or the plan, of that number."""
    try:
        return Done(number, await act)
    except LookupError:
        return Done(number, why=GONE)
    except Refused as refused:
        return Done(number, why=refused.reason, meanwhile=isinstance(refused, MovedMeanwhile))


async def _press(seen: Seen, name: str, campaign: int, by: By) -> Post:
    row = await plan.load(seen.post)
    if row.version != seen.version:
        raise MovedMeanwhile
    if row.campaign != campaign:
        raise IllegalMove("It belongs to another campaign now.")
    return await clicks.perform(row, Click(name, at=seen.at), by=by)
