"""Reminders: when an approval is due, whoever may still give it is told, once for each version. Swept by the worker."""

from app import audit, sql
from app import facts as fact_sheet
from app.atomic import atomic
from app.facts import LEAD, MAY_APPROVE
from app.flow import notices
from app.flow.notices import NoticeKind
from app.lifecycles.facts import PostFacts
from app.lifecycles.guards import not_alone
from app.lifecycles.machine import CLOCK, By
from app.lifecycles.phrases import joined
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import listed
from app.moves import lock

DUE = f"""
SELECT p.id FROM post p CROSS JOIN team t WHERE p.status IN ({listed(*REVIEW)}) AND p.archived_at IS NULL
  AND t.frozen_at IS NULL AND p.publish_at > now()
  AND p.publish_at <= now() + coalesce((t.settings ->> 'approve_hours')::int, {LEAD}) * interval '1 hour'
  AND NOT EXISTS (SELECT 1 FROM event WHERE post = p.id AND move = 'remind'
    AND (facts ->> 'revision')::bigint = p.revision) ORDER BY p.publish_at LIMIT 100
"""  # noqa: S608
PEOPLE = f"SELECT n.id, n.name, n.role FROM person n WHERE {MAY_APPROVE} ORDER BY lower(n.name), n.id"  # noqa: S608


async def sweep() -> None:
    """Remind of every approval that is due by now and was not reminded of yet."""
    due = [record["id"] for record in await sql.rows(DUE)]
    if not due:
        return
    people = [By("person", one["id"], role=one["role"], name=one["name"]) for one in await sql.rows(PEOPLE)]
    for post in due:
        await _remind(post, people)


async def _remind(post: int, people: list[By]) -> None:
    """Under the post's lock, where a second worker finds the first one's reminder."""
    async with atomic():
        await lock(post)
        if not await sql.rows(f"SELECT 1 FROM ({DUE}) due WHERE id = $1", post):  # noqa: S608
            return
        facts = await fact_sheet.of(post)
        asked = [person for person in people if may(facts, person)]
        revision = await sql.value("SELECT revision FROM post WHERE id = $1", post)
        told = {"revision": revision, "people": [person.person for person in asked]}
        names = joined(*(person.name for person in asked)) or "nobody who may approve it"
        await audit.record("post", post, "remind", by=CLOCK, post=post, note=f"Asked {names}.", told=told)
        await notices.tell([person.person for person in asked if person.person], NoticeKind.REMINDER, post=post)


def may(facts: PostFacts, person: By) -> bool:
    """Whether that person's approval would still count."""
    return person.person not in facts.voters and not_alone(facts, person) is None
