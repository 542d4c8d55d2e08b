"""What platforms did on their own, as the inbox tells it: the sentence and the answers of each post's delivery."""

from collections.abc import Collection
from dataclasses import dataclass

from msgspec.structs import replace

from app import facts as fact_sheet
from app.lifecycles.facts import PostFacts
from app.pages import delivery_ways, details
from app.pages.buttons import Button
from app.pages.details import Detail
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class Raised:
    """The first delivery of a post that waits for a person's word."""

    mark: tuple[str, str, str] | None
    sentence: str
    buttons: tuple[Button, ...]


async def raised(posts: Collection[int], who: Who) -> dict[int, Raised]:
    """By post id; two queries however many, and none when nothing is raised."""
    if not posts:
        return {}
    facts, told = await fact_sheet.many([*posts]), await details.of([*posts])
    found = {post: _first(facts[post], told[post], who) for post in posts if post in facts and post in told}
    return {post: one for post, one in found.items() if one}


def _first(facts: PostFacts, detail: Detail, who: Who) -> Raised | None:
    for target in facts.targets:
        sent = next((sent for sent in detail.deliveries if sent.id == target.delivery_id), None)
        said = delivery_ways.said(sent, target, facts, who.zone) if sent else ""
        if sent and said:
            found = delivery_ways.buttons(detail.id, sent, target, facts, who)
            calm = tuple(replace(button, tone="") for button in found)
            return Raised(delivery_ways.mark(sent), f"{target.name}: {said}", calm)
    return None
