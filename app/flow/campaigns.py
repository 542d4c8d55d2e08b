"""Campaigns: made, edited, put away and duplicated. Their state is derived; their posts move by their own verbs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from app import audit, sql, stored
from app.atomic import atomic
from app.flow import plan
from app.flow.bulk import Done
from app.flow.many import tried
from app.lifecycles.machine import By
from app.moves import MovedMeanwhile, Refused
from app.tables import Campaign, Post
from app.times import Planned, TimeGap, planned

MOST = 200  # posts that are duplicated, or acted on, in one go
DECIDES = "This needs the role editor: how a campaign is approved and published is theirs to say."
MANY = f"It has more than {MOST} posts; that is too many to copy at once."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What people type about a campaign. Without `mode` and `follows_team` an approval schedules nothing."""

    title: str
    brief: str = ""
    mode: str | None = None
    follows_team: bool = False
    approvals_needed: int | None = None


async def create(wanted: Wanted, *, by: By, form_token: UUID | None = None) -> int:
    """A new campaign; the same form sent twice makes one."""
    async with atomic():
        _demand_may(wanted, Wanted(""), by)
        made = await sql.value(INSERT, *asdict(wanted).values(), form_token)
        if made is None:
            return int(await sql.value("SELECT id FROM campaign WHERE form_token = $1", form_token))
        await audit.record("campaign", made, "create", by=by, told={"title": wanted.title})
    return int(made)


async def save(campaign: int, version: int, wanted: Wanted, *, by: By) -> None:
    """What was typed replaces what the typist saw; MovedMeanwhile when somebody else was faster."""
    async with atomic():
        before = await load(campaign)
        _demand_may(wanted, as_wanted(before), by)
        if not await sql.run(UPDATE, campaign, version, *asdict(wanted).values()):
            raise MovedMeanwhile
        await audit.record("campaign", campaign, "edit", by=by, told=_changes(as_wanted(before), wanted))


async def archive(campaign: int, version: int, *, by: By) -> None:
    await _put(campaign, version, "now()", "archive", by)


async def unarchive(campaign: int, version: int, *, by: By) -> None:
    await _put(campaign, version, "NULL", "unarchive", by)


async def load(campaign: int) -> Campaign:
    """The campaign's row; LookupError when there is none."""
    row = await stored.one(Campaign, "id = $1", campaign)
    if row is None:
        raise LookupError(campaign)
    return row


async def posts_of(campaign: int) -> list[Post]:
    """Its posts that are not put away, in the order of their days; one more than MOST when there are more."""
    order = f"planned_on NULLS LAST, planned_time NULLS LAST, id LIMIT {MOST + 1}"
    return await stored.several(Post, f"campaign = $1 AND archived_at IS NULL ORDER BY {order}", campaign)


async def duplicate(
    campaign: int, title: str, weeks: int | None, *, by: By, form_token: UUID
) -> tuple[int, list[Done]]:
    """A new campaign with this one's brief and a copy of each post, each in a transaction of its own.

    `weeks`: how far their days are moved; None leaves them without a day. Sent twice, it is made once.
    """
    old, posts = await load(campaign), await posts_of(campaign)
    if len(posts) > MOST:
        raise Refused(MANY)
    made = await _copied(old, title, by=by, form_token=form_token)
    today = await sql.value("SELECT (now() AT TIME ZONE zone)::date FROM team")
    return made, [await _copy(post, made, shifted(post, weeks, today), form_token, by) for post in posts]


def shifted(post: Post, weeks: int | None, today: date) -> Planned:
    """The post's day that many weeks on with its time of day; no day when it had none or the new one is over."""
    on = post.planned_on + timedelta(weeks=weeks) if post.planned_on and weeks is not None else None
    if on is None or on < today:
        return planned(None, None, post.zone)
    try:
        return planned(on, post.planned_time, post.zone)
    except TimeGap as gap:
        return planned(on, gap.valid.time(), post.zone)


async def _copied(old: Campaign, title: str, *, by: By, form_token: UUID) -> int:
    """Whoever may not decide copies the words alone."""
    wanted = Wanted(**{**asdict(as_wanted(old)), "title": title})
    return await create(wanted if by.reaches("editor") else Wanted(title, old.brief), by=by, form_token=form_token)


async def _copy(post: Post, campaign: int, when: Planned, form_token: UUID, by: By) -> Done:
    once = uuid5(form_token, str(post.id))
    post.campaign = campaign  # of the row in hand only: the copy is made from it
    return await tried(post.id, plan.duplicate(post, by=by, when=when, form_token=once))


async def _put(campaign: int, version: int, when: str, name: str, by: By) -> None:
    async with atomic():
        changed = await sql.run(
            f"UPDATE campaign SET archived_at = {when}, version = version + 1 WHERE id = $1 AND version = $2",  # noqa: S608
            campaign, version,
        )  # fmt: skip
        if not changed:
            raise MovedMeanwhile
        await audit.record("campaign", campaign, name, by=by)


def as_wanted(row: Campaign) -> Wanted:
    return Wanted(row.title, row.brief, row.mode, row.follows_team, row.approvals_needed)


def _demand_may(wanted: Wanted, before: Wanted, by: By) -> None:
    """A writer writes the brief; how it is approved and published is an editor's decision."""
    if set(_changes(before, wanted)) & {"mode", "follows_team", "approvals_needed"} and not by.reaches("editor"):
        raise Refused(DECIDES, forbidden=True)


def _changes(before: Wanted, after: Wanted) -> Mapping[str, Any]:
    old = asdict(before)
    return {name: {"from": old[name], "to": value} for name, value in asdict(after).items() if old[name] != value}


INSERT = """
INSERT INTO campaign (title, brief, mode, follows_team, approvals_needed, form_token)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (form_token) DO NOTHING RETURNING id
"""
UPDATE = """
UPDATE campaign SET title = $3, brief = $4, mode = $5, follows_team = $6, approvals_needed = $7,
  version = version + 1 WHERE id = $1 AND version = $2
"""
