"""The JSON doors of campaigns: a page of them, a new one, one with where its posts stand, changed, put away."""

from typing import Any, cast

import msgspec
from asyncpg import Record
from litestar import Response, get, patch, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET

from app import sql
from app.api import repeats, shapes_campaigns
from app.api.answers import Asked, answer, seen
from app.api.numbers import limit_of, number_of
from app.api.shapes_campaigns import (
    CampaignChange,
    CampaignPatch,
    CampaignView,
    CampaignWish,
    NewCampaign,
    Seen,
    State,
)
from app.api.wishes import LIMITS, invalid
from app.flow import campaigns
from app.flow.campaigns import Wanted
from app.lifecycles.campaign import tallied
from app.lifecycles.publication import OPEN
from app.lifecycles.statuses import PostStatus, listed
from app.prose.clean import typed
from app.settings import settings

GONE = "There is no such campaign."
TITLE = 200
MODES = {"nothing": None, "team": None, "approval": "approval", "autopilot": "autopilot"}
PAGE = """
SELECT id, title, brief, version, created_at, archived_at FROM campaign
WHERE ($1::bigint IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
"""
ONE = f"""
SELECT c.id, c.title, c.brief, c.version, c.created_at, c.archived_at, c.mode, c.follows_team, c.approvals_needed,
  (SELECT json_agg(json_build_array(status, archived, n)) FROM (
    SELECT status, archived_at IS NOT NULL AS archived, count(*) AS n FROM post WHERE campaign = c.id
    GROUP BY 1, 2) counted) AS counted,
  (SELECT min(u.due_at) FROM post p JOIN publication u ON u.post = p.id AND u.status IN ({listed(*OPEN)})
   WHERE p.campaign = c.id AND p.status = '{PostStatus.SCHEDULED}' AND u.held_for IS NULL AND u.due_at > now()) AS next
FROM campaign c WHERE c.id = $1
"""  # noqa: S608


@get("/api/campaigns", summary="Campaigns, the newest first")
async def list_campaigns(
    request: Asked, before: FromQuery[str | None] = None, limit: FromQuery[str | None] = None
) -> Response[shapes_campaigns.CampaignPage]:
    most = limit_of(limit)
    found = await sql.rows(PAGE, number_of(before, "before"), most + 1)
    shown = [shapes_campaigns.Campaign(**record) for record in found[:most]]
    more = f"{settings().origin}/api/campaigns?before={shown[-1].id}&limit={most}" if len(found) > most else None
    return answer(request, shapes_campaigns.CampaignPage(shown, more))


@post("/api/campaigns", status_code=201, summary="Make a campaign")
async def create(request: Asked, data: JSONBody[NewCampaign]) -> Response[CampaignView]:
    """Its posts name it by `campaign_id`. Who may not publish leaves `mode` and `approvals_needed` out."""
    wanted = _wanted(_clean(data.campaign), Wanted(""))

    async def make() -> CampaignView:
        return await demand(await campaigns.create(wanted, by=request.user))

    return await repeats.once(request, CampaignView, make, status=201, place="/api/campaigns/{0.id}")


@get("/api/campaigns/{id:int}", summary="One campaign, and where its posts stand")
async def read(request: Asked, id: FromPath[int]) -> Response[CampaignView]:
    found = await demand(id)
    return answer(request, found, version=found.version)


@patch("/api/campaigns/{id:int}", summary="Change a campaign")
async def change(request: Asked, id: FromPath[int], data: JSONBody[CampaignPatch]) -> Response[CampaignView]:
    """What is sent is changed, the rest stays."""
    await demand(id)
    version, given = seen(request, data.campaign.version), _clean(data.campaign)

    async def make() -> CampaignView:
        before = campaigns.as_wanted(await campaigns.load(id))
        await campaigns.save(id, version, _wanted(given, before), by=request.user)
        return await demand(id)

    return await repeats.once(request, CampaignView, make, status=200)


@post("/api/campaigns/{id:int}/archive", status_code=200, summary="Put a campaign away")
async def archive(request: Asked, id: FromPath[int], data: JSONBody[Seen | None] = None) -> Response[CampaignView]:
    """It is hidden from lists; its posts stay as they are. It takes a key that may publish."""
    await demand(id)
    version = seen(request, data.version if data else None)

    async def make() -> CampaignView:
        await campaigns.archive(id, version, by=request.user)
        return await demand(id)

    return await repeats.once(request, CampaignView, make, status=200)


@post("/api/campaigns/{id:int}/unarchive", status_code=200, summary="Bring a campaign back")
async def unarchive(request: Asked, id: FromPath[int], data: JSONBody[Seen | None] = None) -> Response[CampaignView]:
    await demand(id)
    version = seen(request, data.version if data else None)

    async def make() -> CampaignView:
        await campaigns.unarchive(id, version, by=request.user)
        return await demand(id)

    return await repeats.once(request, CampaignView, make, status=200)


async def demand(id: int) -> CampaignView:
    """The campaign as the API shows it, read again from its rows; 404 when there is none."""
    found = await sql.row(ONE, id)
    if found is None:
        raise NotFoundException(GONE)
    return _view(found)


def _view(found: Record) -> CampaignView:
    known: dict[str, Any] = dict(found)
    counted: list[tuple[str, bool, int]] = msgspec.json.decode(known.pop("counted") or "[]")
    follows, mode = known.pop("follows_team"), known.pop("mode")
    standing = tallied({(status, archived): n for status, archived, n in counted})
    known["mode"] = "team" if follows else mode if mode in MODES else "nothing"
    return CampaignView(
        **{name: known[name] for name in ("id", "title", "brief", "version", "created_at", "archived_at", "mode")},
        approvals_needed=known["approvals_needed"],
        state=cast("State", standing.state),
        label=standing.label,
        posts={status: n for status, archived, n in counted if not archived},
        archived_posts=sum(n for _, archived, n in counted if archived),
        next_at=known["next"],
        url=f"{settings().origin}/campaigns/{found['id']}",
    )


def _clean(wish: CampaignWish | CampaignChange) -> dict[str, Any]:
    """What was sent, normalised as typed text is; 422 naming everything that is wrong."""
    given = {name: getattr(wish, name) for name in wish.__struct_fields__ if name != "version"}
    errors: dict[str, str] = {}
    for name, limit in (("title", TITLE), ("brief", LIMITS["brief"])):
        try:
            if given[name] is not UNSET:
                given[name] = typed(given[name], limit, multiline=name == "brief", required=name == "title")
        except ValueError as wrong:
            errors[f"campaign.{name}"] = str(wrong)
    if errors:
        raise invalid(errors)
    return {name: value for name, value in given.items() if value is not UNSET}


def _wanted(given: dict[str, Any], before: Wanted) -> Wanted:
    """What was not sent stays as it was."""
    mode, follows = before.mode, before.follows_team
    if "mode" in given:
        mode, follows = MODES[given["mode"]], given["mode"] == "team"
    return Wanted(
        given.get("title", before.title), given.get("brief", before.brief), mode, follows,
        given.get("approvals_needed", before.approvals_needed),
    )  # fmt: skip
