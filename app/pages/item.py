"""A post's own page and the piece of it that htmx swaps: header, why, content per channel, publishing, history."""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from app import content, seals
from app import facts as fact_sheet
from app.content import Revision
from app.flow import plan
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import DeliveryStatus
from app.pages import details, history, previews, sendings
from app.pages.cards import Button, Card, by_person, card
from app.pages.history import Line
from app.pages.previews import Preview
from app.pages.render import Page, page, partial, team_of
from app.pages.sendings import Row
from app.sessions import Who


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything the item partial shows."""

    card: Card
    about: str
    preview: Preview
    rows: tuple[Row, ...]
    lines: tuple[Line, ...]
    checks: tuple[previews.Check, ...]
    digest: str
    month: str
    day: str
    poll: bool
    recall_note: str
    plan: details.Detail
    links: tuple[Button, ...]


@get("/posts/{id:int}")
async def item_page(
    request: Request[Who, Any, Any], id: FromPath[int], channel: FromQuery[int] = 0, since: FromQuery[str] = ""
) -> Page:
    return await whole(request, id, channel=channel, since=since)


@get("/posts/{id:int}/card")
async def item_card(
    request: Request[Who, Any, Any], id: FromPath[int], channel: FromQuery[int] = 0, since: FromQuery[str] = ""
) -> Page:
    """What a working card fetches of itself; a settled one carries no trigger, so polling stops by itself."""
    return await swap(request, id, channel=channel, since=since)


async def whole(
    request: Request[Who, Any, Any], id: int, *, alert: str = "", status: int = 200, channel: int = 0, since: str = ""
) -> Page:
    context = await _context(request, id, channel, since)
    names = {name: getattr(context, name) for name in ItemPage.__slots__} | {"alert": alert}
    return await page("posts/item.html", names, request=request, title=context.card.title, nav="posts", status=status)


async def swap(
    request: Request[Who, Any, Any], id: int, *, said: str = "", alert: str = "", status: int = 200,
    channel: int = 0, since: str = "",
) -> Page:  # fmt: skip
    """The item partial with what to say about it; the same partial the page includes."""
    told: dict[str, Any] = {"toast": {"text": said}} if said else {"alert": {"text": alert}} if alert else {}
    headers = {"HX-Trigger": json.dumps(told)} if told else {}
    context = await _context(request, id, channel, since)
    return partial("posts/_item.html", context, request=request, status=status, headers=headers)


async def digest_of(facts: PostFacts, post: int) -> str:
    """The seal a reviewer would approve, as hex; empty where nothing can be approved."""
    return (await seals.sealable(post)).digest.hex() if facts.status in REVIEW else ""


async def _context(request: Request[Who, Any, Any], id: int, channel: int, since: str) -> ItemPage:
    facts, detail = (await fact_sheet.many([id])).get(id), (await details.of([id])).get(id)
    if facts is None or detail is None:
        raise NotFoundException("This post is gone.")
    who, team = request.user, team_of(request)
    revision = await content.load(detail.revision_id) if detail.revision_id else None
    targets = await seals.channels(id)
    what = seals.canonical(id, revision, targets) if revision else None
    shown = card(facts, detail, who, team)
    return ItemPage(
        card=shown,
        about=_about(detail, revision),
        preview=await previews.preview(id, revision, targets, channel=channel, since=since, who=who.id),
        rows=sendings.rows(facts, detail, who),
        lines=await history.lines(id, who.zone, facts),
        checks=previews.checks(facts, revision, targets, what),
        digest=what.digest.hex() if what and facts.status in REVIEW else "",
        month=f"{facts.planned_on:%b}" if facts.planned_on else "",
        day=str(facts.planned_on.day) if facts.planned_on else "",
        poll=shown.working,
        recall_note=_recall_note(detail),
        plan=detail,
        links=_links(detail, facts, who),
    )


def _links(detail: details.Detail, facts: PostFacts, who: Who) -> tuple[Button, ...]:
    """The card's plain links, whatever its status: view live, duplicate, put away."""
    base, name = f"/posts/{detail.id}/moves", f"post-{detail.id}"
    live = [sent for sent in detail.deliveries if sent.url and sent.status == DeliveryStatus.PUBLISHED]
    found = [Button(f"{name}-live-{s.id}", "", f"View on {s.name}", "external-link", "", False, s.url) for s in live]
    if by_person(who).reaches("writer"):
        found.append(Button(f"{name}-duplicate", "duplicate", "Duplicate…", "copy", "", True, f"{base}/duplicate"))
    if facts.archived:
        found.append(Button(f"{name}-unarchive", "unarchive", "Bring back", "archive-restore", "", False, base))
    elif plan.archivable(facts):
        found.append(Button(f"{name}-archive", "archive", "Archive…", "archive", "", True, f"{base}/archive"))
    if facts.status in plan.timed(by_person(who)):
        href = f"{base}/set_time"
        found.append(Button(f"{name}-set_time", "set_time", "Change date…", "calendar-clock", "", True, href))
    return tuple(found)


def _about(detail: details.Detail, revision: Revision | None) -> str:
    parts = [detail.campaign_title, detail.author_name, f"version {revision.number}" if revision else "not written yet"]
    return " · ".join(part for part in parts if part)


def _recall_note(detail: details.Detail) -> str:
    """Why the last thing that was asked of platforms did not happen."""
    asked = detail.recall
    return asked.note if asked and not asked.open and asked.result == "refused" else ""
