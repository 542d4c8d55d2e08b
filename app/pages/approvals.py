"""The approvals box of a post: who approved which version and when, who is missing, what no longer counts."""

from dataclasses import dataclass

from asyncpg import Record

from app import sql
from app.lifecycles.facts import PostFacts
from app.lifecycles.guards import missing
from app.lifecycles.machine import WORKER
from app.lifecycles.post import REVIEW
from app.pages.approval_words import due
from app.pages.buttons import by_person
from app.sessions import Who
from app.times import ago

# The version somebody approved is the newest there was at that moment.
GIVEN = """
SELECT DISTINCT ON (v.person) n.name, v.person, coalesce(v.guest, '') AS guest, v.at, v.voided_at,
  (SELECT max(number) FROM revision WHERE post = v.post AND origin <> 'late' AND created_at <= v.at) AS version,
  (SELECT r.number FROM post p JOIN revision r ON r.id = p.revision WHERE p.id = v.post) AS current
FROM approval v JOIN person n ON n.id = v.person WHERE v.post = $1
ORDER BY v.person, v.voided_at IS NOT NULL, v.id DESC
"""


@dataclass(frozen=True, slots=True)
class Given:
    """One approval that counts: “Jonas approved version 3, 10 min ago”."""

    text: str
    iso: str


@dataclass(frozen=True, slots=True)
class Box:
    """What the rail shows. `missing` and `due` only while it is in review; `guest`: this reader may make a link."""

    post: int
    given: tuple[Given, ...]
    voided: tuple[str, ...]
    missing: str
    due: str
    guest: bool


async def box(post: int, facts: PostFacts, who: Who) -> Box | None:
    """The box of a post for this reader; nothing where nobody is asked and nobody approved."""
    found = await sql.rows(GIVEN, post) if facts.body else []
    asked = facts.status in REVIEW and not facts.archived
    if not asked and not any(record["voided_at"] is None for record in found):
        return None
    short = asked and facts.votes_with(None) < facts.needed
    return Box(
        post=post,
        given=tuple(_given(one, facts) for one in sorted(found, key=_at) if one["voided_at"] is None),
        voided=tuple(_voided(one) for one in sorted(found, key=_at) if one["voided_at"] and asked),
        missing=missing(facts, WORKER) if short else "",
        due=due(facts, who.zone) if short else "",
        guest=asked and by_person(who).reaches("editor"),
    )


def _at(record: Record) -> float:
    return float(record["at"].timestamp())


def _given(record: Record, facts: PostFacts) -> Given:
    when = ago(record["at"], facts.now)
    counts = record["person"] in facts.voters
    told = f"{_who(record)} approved version {record['version']}, {when if when == 'just now' else f'{when} ago'}"
    return Given(told if counts else f"{told}; it does not count, others were named", record["at"].isoformat())


def _voided(record: Record) -> str:
    """What an edit, a request for changes or a rejection took away."""
    why = "Edited since" if (record["current"] or 0) > (record["version"] or 0) else "Taken back"
    return f"{why}: {_who(record)}’s approval of version {record['version']} no longer counts."


def _who(record: Record) -> str:
    return f"{record['guest']} (guest of {record['name']})" if record["guest"] else str(record["name"])
