"""A post's own page and the piece of it that htmx swaps: header, why, content per channel, publishing, history."""

import json
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from app import content, forecast, seals
from app import facts as fact_sheet
from app.content import Revision
from app.flow import presence
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import PostStatus
from app.pages import approvals, details, history, previews, same_cause, sendings
from app.pages.asked import PLAIN, Asked, watched
from app.pages.beside import Beside, beside
from app.pages.cards import Button, Card, card, leaf, may_write
from app.pages.checks import Checks, checks, passed_over
from app.pages.forecast_marks import Mark, mark
from app.pages.history import Line
from app.pages.item_links import links
from app.pages.presence import Present, present_of
from app.pages.previews import Preview
from app.pages.progress import OUTLINE, Progress, progress
from app.pages.render import Page, page, partial, team_of
from app.pages.same_cause import SameCause
from app.pages.sendings import Row
from app.pages.threads import Threads, threads
from app.pages.words import View
from app.sessions import Who

ARRANGES = "The outline writer arranges your own words; it invents nothing and marks what is missing."
ARRANGED = "Arranged by the outline writer from your own words; it invents nothing."
TIMES = ("set_date", "set_time", "reschedule")
SENT = (PostStatus.PUBLISHING, PostStatus.PUBLISHED, PostStatus.PUBLISH_FAILED, PostStatus.UNPUBLISHED)
MENDED = (*REVIEW, PostStatus.PUBLISHED, PostStatus.UNPUBLISHED)  # where a failed picture can be replaced


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Everything the item partial shows; `at`: the address of the page it stands on, to be continued.

    `change`: the button of its time; `undated`: it has none and was never sent; `alike`: the posts that
    failed for the same reason.
    """

    card: Card
    at: str
    about: str
    preview: Preview
    rows: tuple[Row, ...]
    lines: tuple[Line, ...]
    checks: Checks
    waives: bool
    passing_over: str
    threads: Threads
    present: Present
    digest: str
    month: str
    day: str
    recall_note: str
    plan: details.Detail
    links: tuple[Button, ...]
    change: Button | None
    undated: bool
    progress: Progress
    failed: bool
    alike: SameCause | None
    technical: tuple[sendings.Technical, ...]
    mends: bool
    writer_note: str
    mark: Mark | None
    approvals: approvals.Box | None


@get("/posts/{id:int}")
async def item_page(
    request: Request[Who, Any, Any], id: FromPath[int], channel: FromQuery[int] = 0, since: FromQuery[str] = "",
    comment: FromQuery[int] = 0,
) -> Page:  # fmt: skip
    """Opening the whole page is a look; what it shows as changed is told from the look before."""
    context, known = await _context(request, id, Asked(channel, since, comment))
    shown = await _whole(request, context)
    if known.news or (context.plan.revision_id and context.plan.looked != context.plan.revision):
        await presence.opened(id, request.user.id, context.plan.revision_id)
    return shown


@get("/posts/{id:int}/card")
async def item_card(
    request: Request[Who, Any, Any], id: FromPath[int], channel: FromQuery[int] = 0, since: FromQuery[str] = "",
    comment: FromQuery[int] = 0,
) -> Page:  # fmt: skip
    """What a working card fetches of itself; a settled one carries no trigger, so polling stops by itself."""
    asked = replace(watched(request), channel=channel, since=since, comment=comment)
    return await swap(request, id, asked=asked)


async def whole(
    request: Request[Who, Any, Any], id: int, *, alert: str = "", status: int = 200, asked: Asked = PLAIN
) -> Page:
    """The page again, with why nothing was done."""
    context, _ = await _context(request, id, asked)
    return await _whole(request, context, alert=alert, status=status)


async def _whole(request: Request[Who, Any, Any], context: ItemPage, *, alert: str = "", status: int = 200) -> Page:
    names = {name: getattr(context, name) for name in ItemPage.__slots__} | {"alert": alert}
    return await page("posts/item.html", names, request=request, title=context.card.title, nav="posts", status=status)


async def swap(
    request: Request[Who, Any, Any], id: int, *, said: str = "", alert: str = "", status: int = 200,
    asked: Asked | None = None, undoes: bool = False,
) -> Page:  # fmt: skip
    """The item partial with what to say about it; the same partial the page includes. `undoes`: with the way back."""
    told: dict[str, Any] = {"toast": {"text": said}} if said else {"alert": {"text": alert}} if alert else {}
    # Whatever was asked for, a refusal is shown where the post stands: a dialog's own body would be no answer.
    headers = {"HX-Trigger": json.dumps(told)} if told else {}
    headers |= {"HX-Retarget": f"#post-{id}", "HX-Reswap": "morph:outerHTML"} if alert else {}
    context, _ = await _context(request, id, asked or watched(request))
    back = context.lines[0].undo if undoes and context.lines else None
    if back is None:
        return partial("posts/_item.html", context, request=request, status=status, headers=headers)
    names = {name: getattr(context, name) for name in ItemPage.__slots__} | {"said": said, "undo": back}
    return partial("posts/_made.html", names, request=request, status=status)


async def box(request: Request[Who, Any, Any], id: int) -> Page:
    """The checks alone."""
    context, _ = await _context(request, id, PLAIN)
    return partial("posts/_checks.html", context, request=request)


async def digest_of(facts: PostFacts, post: int) -> str:
    """The seal a reviewer would approve, as hex; empty where nothing can be approved."""
    return (await seals.sealable(post)).digest.hex() if facts.status in REVIEW else ""


async def _context(request: Request[Who, Any, Any], id: int, asked: Asked) -> tuple[ItemPage, Beside]:
    who, team = request.user, team_of(request)
    facts, detail = (await fact_sheet.many([id])).get(id), (await details.of([id], reader=who.id)).get(id)
    if facts is None or detail is None:
        raise NotFoundException("This post is gone.")
    revision = await content.load(detail.revision_id) if detail.revision_id else None
    preview = await _preview(id, facts, detail, revision, asked)
    known, drawn = await beside(id, who.id), card(facts, detail, who, team)
    context = ItemPage(
        card=drawn,
        at=asked.at(id),
        about=_about(detail, revision),
        preview=preview,
        rows=sendings.rows(facts, detail, who),
        lines=await history.lines(id, facts, detail.zone, who),
        plan=detail,
        progress=progress(facts, detail, preview),
        mark=await _mark(id, facts, who),
        threads=threads(known, facts, revision, preview.paragraphs, who, paragraph=asked.comment, typed=asked.typed),
        present=present_of(id, known.present),
        **_judged(id, facts, revision, detail, known, who),
        **await _notes(facts, detail, who, drawn),
    )
    return context, known


def _change(buttons: tuple[Button, ...]) -> Button | None:
    """What changes its time; nothing where another day alone would look like scheduling it."""
    named = {button.name: button for button in buttons}
    return None if "schedule" in named else next((named[name] for name in TIMES if name in named), None)


async def _preview(
    id: int, facts: PostFacts, detail: details.Detail, revision: Revision | None, asked: Asked
) -> Preview:
    edited = facts.status == PostStatus.MODIFIED
    known = previews.Known(detail.looked, detail.generated, shows=edited, approved=detail.approved)
    channel, since = asked.channel, asked.since
    return await previews.preview(id, revision, detail.channels, channel=channel, since=since, known=known)


def _judged(
    id: int, facts: PostFacts, revision: Revision | None, detail: details.Detail, known: Beside, who: Who
) -> dict[str, Any]:
    """The checks, who may waive them, and what an approval would pass over."""
    what = seals.canonical(id, revision, detail.channels) if revision else None
    found = Checks(checks(facts, revision, detail.channels, what, known.kept, post=id))
    review = facts.status in REVIEW
    return {
        "checks": found,
        "waives": may_write(facts, who) and not facts.archived,
        "passing_over": passed_over(found.failing) if review and facts.connected else "",
        "digest": what.digest.hex() if what and review else "",
    }


async def _technical(facts: PostFacts, detail: details.Detail) -> tuple[sendings.Technical, ...]:
    return await sendings.technical(detail) if facts.status == PostStatus.PUBLISH_FAILED else ()


async def _mark(post: int, facts: PostFacts, who: Who) -> Mark | None:
    """Will it publish? Asked only of what is still to come."""
    verdict = await forecast.of_one(post, facts, who.zone)
    return mark(verdict, who, f"/posts/{post}") if verdict else None


async def _notes(facts: PostFacts, detail: details.Detail, who: Who, drawn: Card) -> dict[str, Any]:
    """The small fields: links, the day's leaf, notes, and which of the page's parts this status shows."""
    on, plain = leaf(facts, detail, who.zone), links(detail, facts, who)
    return {
        "links": plain,
        "change": _change((*drawn.buttons, *drawn.more, *plain)),
        "undated": not drawn.when and facts.status not in SENT,
        "month": f"{on:%b}" if on else "",
        "day": str(on.day) if on else "",
        "recall_note": _recall_note(detail),
        "approvals": await approvals.box(detail.id, facts, who),
        "failed": facts.status == PostStatus.PUBLISH_FAILED,
        "alike": await same_cause.same_cause(View(facts, detail, who.zone, automatic=False), who),
        "technical": await _technical(facts, detail),
        "mends": facts.status in MENDED and not facts.archived and may_write(facts, who),
        "writer_note": _writer_note(facts, detail),
    }


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
