"""The read-through: all texts of a campaign on one page in order, each approved in place with the digest it showed."""

import json
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import content, seals, sql
from app import facts as fact_sheet
from app.flow import bulk
from app.flow.bulk import Act, Done, Row
from app.flow.many import GONE
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import REVIEW, UNWRITTEN
from app.lifecycles.statuses import PostStatus
from app.moves import MovedMeanwhile
from app.pages import details, previews, raced
from app.pages.buttons import Button, by_person, edit_link
from app.pages.campaigns import Line, line, load
from app.pages.cards import Card, card
from app.pages.forms import number, read, text
from app.pages.move_words import said
from app.pages.previews import Known, Preview
from app.pages.render import Page, by_htmx, page, partial, see_other, team_of
from app.sessions import Who

MOST = 100  # texts on one page
AS_IT_IS = Known(None, None, shows=False)
WRITTEN = f"""
SELECT id FROM post WHERE campaign = $1 AND archived_at IS NULL AND revision IS NOT NULL AND status <> ALL($2::text[])
ORDER BY planned_on NULLS LAST, planned_time NULLS LAST, id LIMIT {MOST + 1}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Caption:
    """A channel's own text, where it has one."""

    letter: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """One post as it reads now. `approve` is the open button's label, else `closed` says why there is none."""

    campaign: int
    card: Card
    preview: Preview
    captions: tuple[Caption, ...]
    digest: str
    approve: str
    closed: str
    edit: Button | None
    version: int


@dataclass(frozen=True, slots=True)
class ReadPage:
    """`schedulable`: how many are approved and have no publication yet; `unread`: texts beyond this page."""

    id: int
    line: Line
    articles: tuple[Article, ...]
    unwritten: int
    unread: bool
    schedulable: int
    decides: bool
    alert: str


@dataclass(frozen=True, slots=True)
class ApproveForm:
    post: int = number(1, 2**62)
    version: int = number(1, 2**31 - 1)
    digest: str = text(64, required=False)


@get("/campaigns/{id:int}/review")
async def read_page(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    return await _whole(request, id)


@post("/campaigns/{id:int}/review")
async def approve(request: Request[Who, Any, Any], id: FromPath[int]) -> Page | Response[None]:
    """One vote for what this article showed; the answer is that article as it stands now."""
    await load(id)
    form = await read(request, ApproveForm)
    await _demand_inside(id, form.post)
    seen = Row(form.post, form.version, _digest(form.digest))
    done = (await bulk.perform([seen], Act("approve"), by=by_person(request.user)))[0]
    why = await _why(done, seen, request)
    if by_htmx(request):
        return await _swap(request, id, form.post, why)
    if done.fresh is None:
        return await _whole(request, id, alert=why, status=409)
    return see_other(f"/campaigns/{id}/review#read-{form.post}", flash="Approved.")


async def _why(done: Done, seen: Row, request: Request[Who, Any, Any]) -> str:
    """Why it was not approved; of a lost race, who was faster."""
    moved = done.meanwhile and (await fact_sheet.of(seen.post)).version != seen.version
    return await raced.told(seen.post, MovedMeanwhile(), request) if moved else done.why


async def _demand_inside(campaign: int, post: int) -> None:
    if not await sql.value("SELECT 1 FROM post WHERE id = $1 AND campaign = $2", post, campaign):
        raise NotFoundException(GONE)


def _digest(typed: str) -> bytes:
    try:
        return bytes.fromhex(typed)
    except ValueError:
        return b""


async def _swap(request: Request[Who, Any, Any], campaign: int, post: int, refusal: str) -> Page:
    """That article alone, with what to say about it."""
    found = await _articles(request, campaign, [post])
    if not found:
        raise NotFoundException(GONE)
    facts = await fact_sheet.of(post)
    told = {"alert": {"text": refusal}} if refusal else {"toast": {"text": said("approve", facts)}}
    headers = {"HX-Trigger": json.dumps(told)}
    status = 409 if refusal else 200
    context = {"article": found[0]}
    return partial("campaigns/_article.html", context, request=request, status=status, headers=headers)


async def _whole(request: Request[Who, Any, Any], id: int, *, alert: str = "", status: int = 200) -> Page:
    known = await load(id)
    posts = [record["id"] for record in await sql.rows(WRITTEN, id, [*UNWRITTEN, PostStatus.REJECTED])]
    context = ReadPage(
        id=id,
        line=line(known, request.user.zone),
        articles=await _articles(request, id, posts[:MOST]),
        unwritten=sum(n for status, n in known.statuses.items() if status in UNWRITTEN),
        unread=len(posts) > MOST,
        schedulable=known.statuses[PostStatus.APPROVED],
        decides=by_person(request.user).reaches("editor"),
        alert=alert,
    )
    title = f"Read through: {known.title}"
    return await page("campaigns/review.html", context, request=request, title=title, nav="campaigns", status=status)


async def _articles(request: Request[Who, Any, Any], campaign: int, posts: list[int]) -> tuple[Article, ...]:
    """In the order given; four queries however many."""
    facts, told = await fact_sheet.many(posts), await details.of(posts)
    texts = await content.many([told[post].revision_id or 0 for post in posts if post in told])
    found = []
    for one in posts:
        revision = texts.get(told[one].revision_id or 0) if one in facts else None
        if revision is None:
            continue
        targets = told[one].channels
        preview = await previews.preview(one, revision, targets, channel=0, since="", known=AS_IT_IS)
        digest = seals.canonical(one, revision, targets).digest.hex()
        shown = card(facts[one], told[one], request.user, team_of(request))
        captions = _captions(preview, revision, targets)
        found.append(_article(campaign, facts[one], told[one], shown, preview, captions, digest, request.user))
    return tuple(found)


def _article(
    campaign: int, facts: PostFacts, detail: details.Detail, shown: Card, preview: Preview,
    captions: tuple[Caption, ...], digest: str, who: Who,
) -> Article:  # fmt: skip
    """What may be done about it here."""
    wanted = next((button.label for button in (*shown.buttons, *shown.more) if button.name == "approve"), "")
    closed = offers.refusal("approve", facts, by_person(who)) if facts.status in REVIEW and not wanted else ""
    edit = next(iter(edit_link(facts, detail, who)), None)
    return Article(campaign, shown, preview, captions, digest, wanted, closed or "", edit, facts.version)


def _captions(preview: Preview, revision: content.Revision, targets: tuple[seals.Channel, ...]) -> tuple[Caption, ...]:
    letters = {tab.channel: tab.letter for tab in preview.tabs}
    texts = {t.id: seals.derive(revision, t, preview.link).get("text", "") for t in targets if t.id in letters}
    return tuple(Caption(letters[t.id], t.name, texts[t.id]) for t in targets if texts.get(t.id))
