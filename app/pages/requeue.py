"""After a channel works again: its failed posts, ticked, each with a new time to change; one button for all of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import channel_health
from app import facts as fact_sheet
from app.channel_health import Health
from app.flow import requeue
from app.flow.bulk import Done
from app.flow.many import Seen
from app.flow.requeue import Proposal
from app.lifecycles import offers
from app.lifecycles.facts import PostFacts
from app.lifecycles.phrases import counted, joined
from app.pages import details, words
from app.pages.bulk_report import Report, Told
from app.pages.cards import by_person
from app.pages.details import Detail
from app.pages.forms import Invalid, given, read, text
from app.pages.render import Page, page, team_of
from app.pages.wall_times import field_of, instant_of
from app.pages.words import View
from app.sessions import Who
from app.times import city, moment

TICKED = re.compile(r"([1-9]\d{0,17}):(\d{1,9}):(\d{9,11})")
POST_ID = re.compile(r"[1-9]\d{0,17}")
UNSEEN = "Load the page again: the form did not say what it saw."
NOTHING = "Tick at least one post first."
UNTIMED = "Pick a day and a time, or take the tick away."
PASSED = "That time has passed. Pick a later one."
NONE: Mapping[Any, str] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """A failed post: `value` is what its tick box sends, `at` its new time in `zone` as the field holds it.

    `why_not` says why it cannot be lined up at all.
    """

    id: int
    value: str
    title: str
    sentence: str
    at: str
    zone: str
    ticked: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class RequeueForm:
    """`row`: the ticked ones; `at`: the time of each post in `post`, ticked or not."""

    row: tuple[str, ...] = text(60, required=False)
    post: tuple[int, ...] = given(default=())
    at: tuple[str, ...] = text(25, required=False)

    @property
    def typed(self) -> dict[int, str]:
        return dict(zip(self.post, self.at, strict=False))


@dataclass(frozen=True, slots=True)
class RequeuePage:
    channel: Health
    title: str
    lines: tuple[Line, ...]
    unfit: tuple[Line, ...]
    errors: dict[str, str]


@get("/channels/{id:int}/requeue")
async def ask(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    """Every failed post of the channel; ?post= names those that are ticked, else all are."""
    sent = request.query_params.getall("post", [])
    return await _asking(request, id, ticked={int(one) for one in sent if POST_ID.fullmatch(one)} or None)


@post("/channels/{id:int}/requeue")
async def make(request: Request[Who, Any, Any], id: FromPath[int]) -> Page:
    await _load(id)
    form = await read(request, RequeueForm)
    shown = [_seen(one) for one in form.row[: requeue.MOST]]
    seen, errors = await _timed(shown, form.typed)
    if errors or not seen:
        return await _asking(request, id, errors or {"row": NOTHING}, form.typed, {one.post for one in shown})
    done = await requeue.requeue(seen, by=by_person(request.user))
    context = await _report(request, id, done)
    status = 200 if context.anything else 409
    return await page("bulk/report.html", context, request=request, title="Report", nav="channels", status=status)


def _seen(sent: str) -> Seen:
    found = TICKED.fullmatch(sent)
    if found is None:
        raise Invalid({"row": UNSEEN})
    return Seen(int(found[1]), int(found[2]), datetime.fromtimestamp(int(found[3]), UTC))


async def _timed(shown: Sequence[Seen], typed: Mapping[int, str]) -> tuple[list[Seen], dict[str, str]]:
    """Each ticked post at the time typed for it, and what is wrong with the others, by field."""
    zones = {post: detail.zone for post, detail in (await details.of([one.post for one in shown])).items()}
    seen, errors = list[Seen](), dict[str, str]()
    for one in shown:
        try:
            seen.append(replace(one, at=_at(one.at, typed.get(one.post), zones.get(one.post, "UTC"))))
        except ValueError as wrong:
            errors[f"at-{one.post}"] = str(wrong)
    return seen, errors


def _at(proposed: datetime | None, typed: str | None, zone: str) -> datetime | None:
    """The time typed; the very one proposed when it was left alone, so that a fold stays the hour that was meant."""
    if proposed is None or typed is None or typed == field_of(proposed, zone):
        return proposed
    at = instant_of(typed, zone)
    if at is None:
        raise ValueError(UNTIMED)
    if at <= datetime.now(UTC):
        raise ValueError(PASSED)
    return at


async def _load(id: int) -> Health:
    health = await channel_health.of(id)
    if health is None or not health.connected:
        raise NotFoundException("There is no such channel.")
    return health


async def _asking(
    request: Request[Who, Any, Any], id: int, errors: Mapping[str, str] = NONE, typed: Mapping[int, str] = NONE,
    ticked: Collection[int] | None = None,
) -> Page:  # fmt: skip
    """The posts with new times; with errors, with the times and ticks that were sent."""
    channel = await _load(id)
    found = await requeue.proposals(id) if not channel.broken_kind else []
    facts, told = await fact_sheet.many([one.post for one in found]), await details.of([one.post for one in found])
    lines = [
        _line(one, facts[one.post], told[one.post], request.user, typed, ticked) for one in found if one.post in told
    ]
    fit = tuple(line for line in lines if not line.why_not)
    many = counted(len(fit), "waiting post", "waiting posts")
    title = f"Re-queue {many}?" if fit else f"Nothing waits for {channel.name}"
    unfit = tuple(line for line in lines if line.why_not)
    context = RequeuePage(channel, title, fit, unfit, dict(errors))
    status = 422 if errors else 200
    return await page("channels/requeue.html", context, request=request, title=title, nav="channels", status=status)


def _line(
    one: Proposal, facts: PostFacts, detail: Detail, who: Who, typed: Mapping[int, str], ticked: Collection[int] | None
) -> Line:
    was = f"It was to go out {moment(one.was, who.zone, facts.today)}. " if one.was else ""
    where = joined(*(target.name for target in facts.sendable)) or "no channel"
    return Line(
        id=one.post,
        value=f"{one.post}:{one.version}:{int(one.at.timestamp())}",
        title=detail.title,
        sentence=f"{was}It goes to {where}.",
        at=typed.get(one.post, field_of(one.at, detail.zone)),
        zone=city(detail.zone),
        ticked=ticked is None or one.post in ticked,
        why_not=offers.refusal("schedule", facts, by_person(who)) or "",
    )


async def _report(request: Request[Who, Any, Any], id: int, done: list[Done]) -> Report:
    """What became of each post, with the time it goes out."""
    who, posts = request.user, [one.post for one in done]
    facts, told = await fact_sheet.many(posts), await details.of(posts)
    automatic = team_of(request).generation_on
    views = {post: View(facts[post], told[post], who.zone, automatic) for post in posts if post in told}
    lines = tuple(_told(one, views.get(one.post)) for one in done)
    good = sum(line.done for line in lines)
    failed = f" {len(lines) - good} not." if good < len(lines) else ""
    return Report(f"{counted(good, 'post', 'posts')} lined up again.{failed}", lines, (), f"/channels/{id}", 1)


def _told(one: Done, view: View | None) -> Told:
    title = view.detail.title if view else ""
    if one.fresh is None or view is None:
        return Told(one.post, title, False, one.why)
    return Told(one.post, title, True, words.why(view))
