"""A post's own page and the piece of it that htmx swaps: header, why, content per channel, publishing, history."""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from app import content, forecast, seals
from app import facts as fact_sheet
from app.content import Revision
from app.flow import plan
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import PLANS, REVIEW
from app.lifecycles.statuses import DeliveryStatus, PostStatus
from app.pages import details, history, previews, sendings
from app.pages.cards import Button, Card, by_person, card, may_write
from app.pages.checks import Check, checks
from app.pages.forecast_marks import Mark, mark
from app.pages.history import Line
from app.pages.previews import Preview
from app.pages.progress import OUTLINE, Progress, progress
from app.pages.render import Page, page, partial, team_of
from app.pages.sendings import Row
from app.sessions import Who

ARRANGES = "The outline writer arranges your own words; it invents nothing and marks what is missing."
ARRANGED = "Arranged by the outline writer from your own words; it invents nothing."
MENDED = (*REVIEW, PostStatus.PUBLISHED, PostStatus.UNPUBLISHED)  # where a failed picture can be replaced


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything the item partial shows."""

    card: Card
    about: str
    preview: Preview
    rows: tuple[Row, ...]
    lines: tuple[Line, ...]
    checks: tuple[Check, ...]
    digest: str
    month: str
    day: str
    poll: bool
    recall_note: str
    plan: details.Detail
    links: tuple[Button, ...]
    progress: Progress
    failed: bool
    technical: tuple[sendings.Technical, ...]
    mends: bool
    writer_note: str
    mark: Mark | None


@get("/posts/{id:int}")
async def item_page(
    request: Request[Who, Any, Any], id: FromPath[int], channel: FromQuery[int] = 0, since: FromQuery[str] = ""
) -> Page:
    """Opening the whole page is a look; what it shows as changed is told from the look before."""
    context = await _context(request, id, channel, since)
    shown = await _whole(request, context)
    if context.plan.revision_id and context.plan.looked != context.plan.revision:
        await previews.seen(id, request.user.id, context.plan.revision_id)
    return shown


@get("/posts/{id:int}/card")
async def item_card(
    request: Request[Who, Any, Any], id: FromPath[int], channel: FromQuery[int] = 0, since: FromQuery[str] = ""
) -> Page:
    """What a working card fetches of itself; a settled one carries no trigger, so polling stops by itself."""
    return await swap(request, id, channel=channel, since=since)


async def whole(request: Request[Who, Any, Any], id: int, *, alert: str = "", status: int = 200) -> Page:
    """The page again, with why nothing was done."""
    return await _whole(request, await _context(request, id, 0, ""), alert=alert, status=status)


async def _whole(request: Request[Who, Any, Any], context: ItemPage, *, alert: str = "", status: int = 200) -> Page:
    names = {name: getattr(context, name) for name in ItemPage.__slots__} | {"alert": alert}
    return await page("posts/item.html", names, request=request, title=context.card.title, nav="posts", status=status)


async def swap(
    request: Request[Who, Any, Any], id: int, *, said: str = "", alert: str = "", status: int = 200,
    channel: int = 0, since: str = "",
) -> Page:  # fmt: skip
    """The item partial with what to say about it; the same partial the page includes."""
    told: dict[str, Any] = {"toast": {"text": said}} if said else {"alert": {"text": alert}} if alert else {}
    # Whatever was asked for, a refusal is shown where the post stands: a dialog's own body would be no answer.
    headers = {"HX-Trigger": json.dumps(told)} if told else {}
    headers |= {"HX-Retarget": f"#post-{id}", "HX-Reswap": "morph:outerHTML"} if alert else {}
    context = await _context(request, id, channel, since)
    return partial("posts/_item.html", context, request=request, status=status, headers=headers)


async def digest_of(facts: PostFacts, post: int) -> str:
    """The seal a reviewer would approve, as hex; empty where nothing can be approved."""
    return (await seals.sealable(post)).digest.hex() if facts.status in REVIEW else ""


async def _context(request: Request[Who, Any, Any], id: int, channel: int, since: str) -> ItemPage:
    who, team = request.user, team_of(request)
    facts, detail = (await fact_sheet.many([id])).get(id), (await details.of([id], reader=who.id)).get(id)
    if facts is None or detail is None:
        raise NotFoundException("This post is gone.")
    revision = await content.load(detail.revision_id) if detail.revision_id else None
    what = seals.canonical(id, revision, detail.channels) if revision else None
    known = previews.Known(detail.looked, detail.generated, shows=facts.status == PostStatus.MODIFIED)
    preview = await previews.preview(id, revision, detail.channels, channel=channel, since=since, known=known)
    shown = card(facts, detail, who, team)
    return ItemPage(
        card=shown,
        about=_about(detail, revision),
        preview=preview,
        rows=sendings.rows(facts, detail, who),
        lines=await history.lines(id, who.zone, facts),
        checks=checks(facts, revision, detail.channels, what),
        digest=what.digest.hex() if what and facts.status in REVIEW else "",
        poll=shown.working,
        plan=detail,
        links=_links(detail, facts, who),
        progress=progress(facts, detail, preview),
        mark=await _mark(id, facts, who),
        **await _notes(facts, detail, who),
    )


async def _technical(facts: PostFacts, detail: details.Detail) -> tuple[sendings.Technical, ...]:
    return await sendings.technical(detail) if facts.status == PostStatus.PUBLISH_FAILED else ()


async def _mark(post: int, facts: PostFacts, who: Who) -> Mark | None:
    """Will it publish? Asked only of what is still to come."""
    verdict = await forecast.of_one(post, facts, who.zone)
    return mark(verdict, who, f"/posts/{post}") if verdict else None


async def _notes(facts: PostFacts, detail: details.Detail, who: Who) -> dict[str, Any]:
    """The small fields: the day's leaf, notes, and which of the page's parts this status shows."""
    on = facts.planned_on
    return {
        "month": f"{on:%b}" if on else "",
        "day": str(on.day) if on else "",
        "recall_note": _recall_note(detail),
        "failed": facts.status == PostStatus.PUBLISH_FAILED,
        "technical": await _technical(facts, detail),
        "mends": facts.status in MENDED and not facts.archived and may_write(facts, who),
        "writer_note": _writer_note(facts, detail),
    }


def _links(detail: details.Detail, facts: PostFacts, who: Who) -> tuple[Button, ...]:
    """The card's plain links, whatever its status: view live, write, plan, date, duplicate, put away."""
    base, name = f"/posts/{detail.id}/moves", f"post-{detail.id}"
    live = [sent for sent in detail.deliveries if sent.url and sent.status == DeliveryStatus.PUBLISHED]
    found = [Button(f"{name}-live-{s.id}", "", f"View on {s.name}", "external-link", "", False, s.url) for s in live]
    found += _own_links(detail, facts, who)
    if by_person(who).reaches("writer"):
        found.append(Button(f"{name}-duplicate", "duplicate", "Duplicate…", "copy", "", True, f"{base}/duplicate"))
    if facts.archived and may_write(facts, who):
        found.append(Button(f"{name}-unarchive", "unarchive", "Bring back", "archive-restore", "", False, base))
    elif plan.archivable(facts) and may_write(facts, who):
        found.append(Button(f"{name}-archive", "archive", "Archive…", "archive", "", True, f"{base}/archive"))
    return tuple(found)


def _own_links(detail: details.Detail, facts: PostFacts, who: Who) -> list[Button]:
    """What only those may open who may change the post."""
    if facts.archived or facts.recall or not may_write(facts, who):
        return []
    page, name = f"/posts/{detail.id}", f"post-{detail.id}"
    found = []
    if facts.status in PLANS:
        label = "Go on writing by hand" if facts.body else "Write it by hand"
        found.append(Button(f"{name}-write", "", label, "pencil", "", False, f"{page}/edit"))
    elif facts.status in plan.REWRITTEN and facts.status != PostStatus.REJECTED:
        found.append(Button(f"{name}-plan", "", "Edit plan and channels", "file-pen-line", "", False, f"{page}/plan"))
    if facts.status in plan.timed(by_person(who)) and facts.status != PostStatus.AWAITING_DATE:
        href = f"{page}/moves/set_time"
        found.append(Button(f"{name}-set_time", "set_time", "Change date…", "calendar-clock", "", True, href))
    return found


def _writer_note(facts: PostFacts, detail: details.Detail) -> str:
    """The outline writer says what it is, while it works and on what it made."""
    if facts.status == PostStatus.GENERATING:
        return ARRANGES if detail.run and detail.run.writer == OUTLINE else ""
    return ARRANGED if detail.revision and detail.writer == OUTLINE else ""


def _about(detail: details.Detail, revision: Revision | None) -> str:
    parts = [detail.campaign_title, detail.author_name, f"version {revision.number}" if revision else "not written yet"]
    return " · ".join(part for part in parts if part)


def _recall_note(detail: details.Detail) -> str:
    """Why the last thing that was asked of platforms did not happen."""
    asked = detail.recall
    return asked.note if asked and not asked.open and asked.result == "refused" else ""
