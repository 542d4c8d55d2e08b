"""Calls that only look genuine, a hundred thousand before the verifier and some of them before the real door."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote_from_bytes, urlencode

import httpx

from app import channels, sql
from app.signing import Verified, new_secret
from app.tables import Channel
from app.verifiers import CALLBACK, SCHEMES, verify
from tests.faults.ground import ground, kill, tell
from tests.faults.tally import Tally
from tests.hooks.calling import make_caller
from tests.servers import Place
from tests.verifiers.signers import Sent, forged, genuine

DATA = {"delivery_id": "dlv_nobody", "id": "41", "url": "https://there.example/\u00fc"}
BODY = json.dumps({"type": "delivery.published", "timestamp": "2026-11-21T08:00:00Z", "data": DATA}).encode()
FORM = urlencode({"type": "delivery.published", "data[delivery_id]": "dlv_nobody"}).encode()
AT_ONCE = 8
Knock = Callable[[str, Sent], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Door:
    """One channel of each style, with the secret it believes."""

    channel: Channel
    scheme: str
    secret: str

    @property
    def path(self) -> str:
        return f"/hooks/{channels.hook_token(self.channel.id)}"


async def run(place: Place, tally: Tally, *, n: int) -> None:
    """`n` before the verifier, a fiftieth of them over HTTP."""
    number = n or 100_000
    before_the_verifier(tally, number)
    async with ground(place) as here:
        tell(PUBLIC_URL="http://127.0.0.1")
        process, address = await here.web()
        try:
            async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
                await before_the_door(tally, client, max(2000, number // 50))
        finally:
            await kill(process)


def before_the_verifier(tally: Tally, number: int) -> None:
    """As many of each style; the right one beside them is believed."""
    chance, ways = random.Random(tally.seed), Counter[str]()
    for scheme in SCHEMES:
        secret = new_secret()
        if not _believed(scheme, secret, genuine(scheme, secret, BODY)):
            tally.fail(scheme, ["the genuine one was not believed"])
        for _ in range(-(-number // len(SCHEMES))):
            way, sent = forged(chance, secret, BODY, scheme)
            ways[way] += 1
            tally.count(f"{scheme}: {way}", [f"believed: {sent}"] if _believed(scheme, secret, sent) else [])
    tally.extra["ways"] = dict(ways)


def _believed(scheme: str, secret: str, sent: Sent) -> bool:
    found = verify(SCHEMES[scheme], [secret], sent.headers, sent.body, datetime.now(UTC), query=sent.query)
    return isinstance(found, Verified)


async def before_the_door(tally: Tally, client: httpx.AsyncClient, number: int) -> None:
    """Over HTTP, every style on a channel of its own: 401 for each, nothing stored but the genuine ones."""
    doors = [await made(scheme) for scheme in SCHEMES]
    chance, statuses = random.Random(tally.seed + 1), Counter[int]()
    turns = [doors[n % len(doors)] for n in range(number)]
    for start in range(0, number, AT_ONCE):
        some = [
            (door, *forged(chance, door.secret, _body(door), door.scheme)) for door in turns[start : start + AT_ONCE]
        ]
        answers = await asyncio.gather(*(knock(client, door.path, sent) for door, _, sent in some))
        for (door, way, sent), status in zip(some, answers, strict=True):
            statuses[status] += 1
            wrong = [] if status == 401 else [f"answered {status}: {sent}"]
            tally.count(f"{door.scheme} over HTTP: {way}", wrong)
    tally.fail("stored", await _stored(0))
    for door in doors:
        status = await knock(client, door.path, genuine(door.scheme, door.secret, _body(door)))
        tally.fail(door.scheme, [] if status == 202 else [f"the genuine one was answered {status}"])
    tally.fail("stored", await _stored(len(doors)))
    tally.extra["statuses"] = dict(statuses)


async def made(scheme: str) -> Door:
    channel, secret = await make_caller("webhook", callbacks=scheme, own=CALLBACK)
    return Door(channel, scheme, secret)


async def knock(client: httpx.AsyncClient, path: str, sent: Sent) -> int:
    """One call as it is, with what no client would send by itself."""
    headers = [(name.encode("latin-1"), value.strip().encode("latin-1", "replace")) for name, value in sent.headers]
    headers = [(name, value) for name, value in headers if len(value) < 4000 and b"\x00" not in value]
    query = "&".join(f"{name}={quote_from_bytes(value.encode())}" for name, value in sent.query)
    answer = await client.post(f"{path}?{query}" if query else path, headers=headers, content=sent.body)
    return answer.status_code


def _body(door: Door) -> bytes:
    return FORM if SCHEMES[door.scheme].form else BODY


async def _stored(wanted: int) -> list[str]:
    found = await sql.value("SELECT count(*) FROM callback")
    return [] if found == wanted else [f"{found} calls are stored and not {wanted}"]
