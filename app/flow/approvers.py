"""Who has to approve: the people named for the team or a campaign. Called by the pages that set it up."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import audit, sql, teams
from app.atomic import atomic
from app.facts import MAY_APPROVE
from app.lifecycles.machine import By
from app.moves import Refused
from app.teams import Workspace

# Whoever may approve, and whoever is named although they may not.
PEOPLE = f"""
SELECT n.id AS person, n.name, a.id IS NOT NULL AS named, {MAY_APPROVE} AS counts FROM person n
LEFT JOIN approver a ON a.person = n.id AND a.campaign IS NOT DISTINCT FROM $1::bigint
WHERE a.id IS NOT NULL OR {MAY_APPROVE} ORDER BY lower(n.name), n.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be named; `counts`: active and able to approve. Named people who are not do not count."""

    person: int
    name: str
    named: bool
    counts: bool


async def candidates(campaign: int | None) -> list[Candidate]:
    """Everybody who may be named for a campaign, or for the team (None), and those who are."""
    return [Candidate(**found) for found in await sql.rows(PEOPLE, campaign)]


async def of(campaign: int | None) -> list[Candidate]:
    """The people named for a campaign, or for the team (None)."""
    return [candidate for candidate in await candidates(campaign) if candidate.named]


async def save(campaign: int | None, people: Sequence[int], *, by: By) -> None:
    """Exactly these people have to approve; nobody: the number of approvals counts."""
    if not by.reaches("editor"):
        raise Refused("Naming who approves needs the role editor.", forbidden=True)
    async with atomic():
        await sql.run(f"SELECT 1 FROM {'campaign' if campaign else 'team'} WHERE id = $1 FOR UPDATE", campaign or 1)  # noqa: S608
        known = {candidate.person: candidate for candidate in await candidates(campaign)}
        if not set(people) <= known.keys():
            raise Refused("Choose people who may approve: editors and admins who may sign in.")
        before = [one.person for one in known.values() if one.named]
        if set(before) == set(people):
            return
        await _store(campaign, people)
        told = {"approvers": {"from": sorted(before), "to": sorted(set(people))}}
        await audit.record("campaign" if campaign else "team", campaign or 1, "name_approvers", by=by, told=told)


async def save_team(wanted: Workspace, people: Sequence[int], *, by: By) -> None:
    """The team's settings and the people named in them: all or nothing."""
    async with atomic():
        await teams.save(by.person or 0, wanted)
        await save(None, people, by=by)


async def _store(campaign: int | None, people: Sequence[int]) -> None:
    await sql.run("DELETE FROM approver WHERE campaign IS NOT DISTINCT FROM $1::bigint", campaign)
    await sql.run(
        "INSERT INTO approver (campaign, person) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING",
        campaign, sorted(set(people)),
    )  # fmt: skip
