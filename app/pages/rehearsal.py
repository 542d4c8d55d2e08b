"""The rehearsal page: what the rehearsal channel received, what is live there, and how it is to answer next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app import channel_health, rehearsal_script
from app.access import allows
from app.atomic import atomic
from app.channel_health import Health
from app.pages.forms import Invalid, choice, number, read
from app.pages.received import A_PAGE, Received, effects, received
from app.pages.render import Page, page, see_other, team_of
from app.rehearsal_script import KINDS, LONGEST, TIMED, Fault
from app.sessions import Who
from app.settings import settings
from app.times import city, day, local, moment

VERBS = {
    "create": "Publish", "hand_off": "Hand over", "update": "Change", "reschedule": "Move to another time",
    "remove": "Take back", "list": "Look up by our key", "look": "Look up", "repeated": "Publish, repeated",
    "refused": "Refused", "missed": "Something that is not here",
    "renew": "Renew the token",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FaultForm:
    answer: str = choice(*KINDS)
    when: str = choice("next", "always")
    seconds: int | None = number(0, LONGEST, required=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One request, ready to read. `effect` is empty when nothing happened."""

    id: int
    anchor: str
    time: str
    day: str
    iso: str
    verb: str
    answer: str
    effect: str
    key: str
    item: str
    stands: str
    live: bool
    title: str
    excerpt: str
    text: str
    body: str
    pictures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RehearsalPage:
    id: int
    name: str
    lines: tuple[Line, ...]
    older: str
    effects: int
    zone: str
    script: tuple[str, ...]
    may: bool
    answers: tuple[tuple[str, str, str], ...]
    errors: Mapping[str, str]


@get("/channels/{id:int}/rehearsal")
async def rehearsal_page(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    return await _page(request, await _load(id), {})


@post("/channels/{id:int}/rehearsal")
async def play(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    health = await _load(id)
    try:
        form = await read(request, FaultForm)
    except Invalid as why:
        return await _page(request, health, why.errors)
    seconds = TIMED.get(form.answer, 0) if form.seconds is None else form.seconds
    async with atomic():
        await rehearsal_script.add(id, Fault(form.answer, seconds, always=form.when == "always"))
    return see_other(f"/channels/{id}/rehearsal", flash="It will.")


@post("/channels/{id:int}/rehearsal/clear")
async def clear(id: FromPath[int], request: Request[Who, Any, Any]) -> Page:
    await _load(id)
    await rehearsal_script.clear(id)
    return see_other(f"/channels/{id}/rehearsal", flash="It answers well again.")


async def _page(request: Request[Who, Any, Any], health: Health, errors: Mapping[str, str]) -> Page:
    zone, found = team_of(request).zone, await received(health.id, before=_before(request))
    today, shown = local(health.now, zone).date(), found[:A_PAGE]
    newest = {one.item: one.id for one in reversed(shown) if one.item}
    context = RehearsalPage(
        id=health.id,
        name=health.name,
        lines=tuple(_line(one, zone, today, anchored=newest.get(one.item) == one.id) for one in shown),
        older=f"/channels/{health.id}/rehearsal?before={shown[-1].id}" if len(found) > A_PAGE else "",
        effects=await effects(health.id),
        zone=city(zone),
        script=tuple(_sentence(fault) for fault in rehearsal_script.script(health.settings)),
        may=allows(request.user, "POST /channels/{id:int}/rehearsal") and health.connected,
        answers=tuple((kind, words, _timed(kind)) for kind, words in KINDS.items()),
        errors=errors,
    )
    return await page(
        "sandbox/page.html", context, request=request, title=f"Rehearsal: {health.name}", nav="channels",
        status=422 if errors else 200,
    )  # fmt: skip


def _line(one: Received, zone: str, today: date, *, anchored: bool) -> Line:
    """`anchored`: the newest line of its item, where the item's own address leads."""
    said = {name: str(value) for name, value in one.asked.items() if isinstance(value, str)}
    return Line(
        id=one.id,
        anchor=one.item if anchored else f"received-{one.id}",
        time=f"{local(one.at, zone):%H:%M:%S}",
        day=day(local(one.at, zone).date(), today),
        iso=one.at.isoformat(),
        verb=VERBS.get(one.verb, one.verb),
        answer=KINDS.get(one.fault, f"Answered {one.answer}"),
        effect=f"Effect {one.effect}" if one.effect else "",
        key=one.key,
        item=one.item,
        stands=_stands(one, zone, today),
        live=one.live,
        title=said.get("title", ""),
        excerpt=said.get("excerpt", ""),
        text=said.get("text", ""),
        body=said.get("body_markdown", ""),
        pictures=_pictures(one.asked.get("pictures")),
    )


def _stands(one: Received, zone: str, today: date) -> str:
    """How the item stands now, whatever this request did to it."""
    if one.live_at is None:
        return ""
    if one.removed:
        return "Taken back"
    return "Live" if one.live else f"Goes live {moment(one.live_at, zone, today)}"


def _pictures(sent: Any) -> tuple[tuple[str, str], ...]:
    """Our own pictures; the policy of our pages shows no others."""
    own = f"{settings().origin}/media/"
    given = [one for one in sent if isinstance(one, dict)] if isinstance(sent, list) else []
    known = [(str(one.get("url", "")), str(one.get("alt", ""))) for one in given]
    return tuple((url.removeprefix(settings().origin), alt) for url, alt in known if url.startswith(own))


def _sentence(fault: Fault) -> str:
    after = f" ({fault.seconds} s)" if fault.seconds else ""
    return f"{'Always' if fault.always else 'Next'}: {KINDS[fault.kind][:1].lower()}{KINDS[fault.kind][1:]}{after}"


def _timed(kind: str) -> str:
    return f"{TIMED[kind]} s unless you say otherwise below" if kind in TIMED else ""


def _before(request: Request[Any, Any, Any]) -> int | None:
    wanted = request.query_params.get("before", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 18 else None


async def _load(id: int) -> Health:
    health = await channel_health.of(id)
    if health is None or health.platform != "sandbox":
        raise NotFoundException("There is no such rehearsal.")
    return health
