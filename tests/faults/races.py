"""Twenty commands at once on every button of the lifecycle: one happens, the others are told, nothing falls over."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from app import facts, seals, sql
from app.lifecycles.machine import By
from app.lifecycles.offers import CHAINS, refusal
from app.lifecycles.post import POST
from app.tables import Post
from tests.faults.ground import ground, kill, tell
from tests.faults.knocks import browser
from tests.faults.tally import Tally
from tests.makers import make_channel, make_person, make_post, make_revision
from tests.rows import now
from tests.servers import Place

CROWD = 20
LINED_UP = ("approved", "scheduled", "publish_failed", "published", "unpublished")
FAILED_BESIDE = (
    "UPDATE delivery SET status = 'failed', error_kind = 'unexpected', error_note = 'It answered 418.',"
    " published_at = NULL, live_seal = NULL WHERE post = $1 AND id = (SELECT max(id) FROM delivery WHERE post = $1)"
)
EVENTS = "SELECT move FROM event WHERE about = 'post' AND about_id = $1 AND version > $2"


@dataclass(frozen=True, slots=True)
class Button:
    status: str
    name: str
    make: Callable[[str], Awaitable[Post]]

    def __str__(self) -> str:
        return f"{self.name} on {self.status}"


async def run(place: Place, tally: Tally, *, n: int) -> None:
    """`n` rounds, taken in turn from every button that is open to an editor."""
    async with ground(place) as here:
        tell(PUBLIC_URL="http://127.0.0.1")
        process, address = await here.web()
        try:
            people = [await make_person("editor") for _ in range(CROWD)]
            headers = [await browser(person.id) for person in people]
            by = By("person", person=people[0].id, role="editor")
            buttons = await _open_ones(by)
            tally.extra |= {"buttons": len(buttons), "moves": sorted({button.name for button in buttons})}
            for number in range(n or 200):
                button = buttons[number % len(buttons)]
                tally.count(f"round {number}: {button}", await _round(button, address, headers))
        finally:
            await kill(process)


async def _open_ones(by: By) -> list[Button]:
    """Every labelled line and chain of the table, with a post on which it is open to an editor."""
    names = {(line.name, status) for line in POST.moves if line.label for status in line.sources}
    chained = {(chain.name, s) for chain in CHAINS for name, s in names if name == chain.moves[0]}
    found = []
    for name, status in sorted(names | chained):
        for make in (_plain, _timed, _edited, _half_live):
            post = await make(status)
            if post.status == status and refusal(name, await facts.of(post.id), by) is None:
                found.append(Button(status, name, make))
                break
    return found


async def _plain(status: str) -> Post:
    return await make_post(status, channels=[await make_channel()])


async def _timed(status: str) -> Post:
    """With a text and a time ahead, where the status allows it."""
    then = now(days=2).replace(second=0, microsecond=0)
    when: dict[str, Any] = {"planned_on": then.date(), "planned_time": then.time(), "publish_at": then}
    if status == "awaiting_user_date":
        when = {}
    return await make_post(status, channels=[await make_channel()], with_revision=True, **when)


async def _edited(status: str) -> Post:
    post = await _plain(status)
    if status in LINED_UP:
        await make_revision(post, body="The moon has moved on.")
        await sql.run("UPDATE seal SET voided_at = now() WHERE post = $1", post.id)
    return post


async def _half_live(status: str) -> Post:
    """One channel live, the other one failed."""
    post = await make_post("published", channels=[await make_channel(), await make_channel()])
    if status == "publish_failed":
        await sql.run(FAILED_BESIDE, post.id)
        await sql.run("UPDATE post SET status = 'publish_failed' WHERE id = $1", post.id)
        await post.refresh()
    return post


async def _round(button: Button, address: str, headers: list[dict[str, str]]) -> list[str]:
    post = await button.make(button.status)
    sealable = await seals.sealable(post.id) if post.revision else None
    sent = _fields(button.name) | {
        "name": button.name,
        "version": str(post.version),
        "digest": sealable.digest.hex() if sealable else "",
    }
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        clicks = [client.post(f"{address}/posts/{post.id}/moves", headers=one, data=sent) for one in headers]
        answers = Counter(answer.status_code for answer in await asyncio.gather(*clicks))
    return _wrong(answers) + await _effects(post)


def _fields(name: str) -> dict[str, str]:
    """What any button may ask for; a button that does not ask ignores it."""
    return {"on": now(days=4).date().isoformat(), "at": now(days=4).strftime("%Y-%m-%dT%H:%M"), "reason": "Because."}


def _wrong(answers: Counter[int]) -> list[str]:
    expected = {200: 1, 409: CROWD - 1}
    return [] if answers == expected else [f"answered {dict(answers)}"]


async def _effects(post: Post) -> list[str]:
    """Each move once, one event per version; or one recall where platforms are asked first."""
    told = [row["move"] for row in await sql.rows(EVENTS, post.id, post.version)]
    version = await sql.value("SELECT version FROM post WHERE id = $1", post.id)
    recalls = await sql.value("SELECT count(*) FROM recall WHERE post = $1", post.id)
    wrong = [] if len(told) == version - post.version else [f"{len(told)} events for {version - post.version} versions"]
    if len({*told}) != len(told):
        wrong.append(f"happened twice: {told}")
    return wrong if bool(told) != bool(recalls) else [*wrong, f"{recalls} recalls and {told}"]
