"""Approvals in sentences: when one is due, and what one more leads to. Pure; for cards, the box and guests."""

from app.lifecycles.facts import PostFacts
from app.lifecycles.phrases import counted
from app.times import city, day, local


def due(facts: PostFacts, zone: str) -> str:
    """When its approval is due, a while before it goes out; nothing once that time has passed too."""
    by = facts.approve_by
    if by is None or facts.publish_at is None or facts.publish_at <= facts.now:
        return ""
    here = local(by, zone)
    verb = "Due" if by > facts.now else "Was due"
    return f"{verb} {day(here.date(), facts.today)} at {here:%H:%M} ({city(zone)})."


def waits(facts: PostFacts) -> str:
    """What one more approval leads to while it is not the last one needed; else nothing."""
    more = facts.needed - facts.votes_with(None) - 1
    return f"it waits for {counted(more, 'more approval', 'more approvals')} then." if more > 0 else ""
