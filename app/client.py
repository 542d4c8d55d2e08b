"""A desk's JSON API as our own programs ask it: `galley post` and its kin, and the agents' server. Repeats safely."""

import json
from asyncio import sleep
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app.safe_http import Call, Failure, Reply, host_port, json_object, retry_after, send

SECONDS, LARGEST = 60.0, 64 << 20
PAUSES = (0.5, 1.0, 2.0, 4.0)  # before the second try and those after it
LONGEST_WAIT = 90.0  # in all; a Retry-After beyond it is told instead
PASSING = {429, 502, 503, 504}
# Refusals that say: not done, ask again in a moment.
PASSING_CODES = {"in_flight", "conflict", "not_scheduled_yet"}
HOPELESS = {"invalid", "blocked", "dns", "tls", "too_large", "undecodable", "redirects"}
LOST = " The answer to what was asked got lost, so it may be done."


class Declined(Exception):
    """The desk said no; the message is its own sentence, with what to do."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.code = status, str(problem.get("code", ""))
        said = [str(problem.get("detail") or problem.get("title") or f"The desk answered {status}.")]
        said += [f"{name}: {why}" for name, why in dict(problem.get("fields") or {}).items()]
        if allowed := problem.get("allowed"):
            said.append(f"Possible now: {', '.join(allowed)}.")
        super().__init__("\n".join(said))


class Unreachable(Exception):
    """No answer of a desk. `key` is the Idempotency-Key under which a change can be asked for again."""

    def __init__(self, said: str, key: str = "") -> None:
        super().__init__(said)
        self.key = key


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a desk answers, without a slash at the end, and the key of whoever asks."""

    origin: str
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk answered: the bytes as they came, and what they say."""

    body: bytes
    said: dict[str, Any]


async def ask(desk: Desk, method: str, path: str, wish: object = None, *, key: str = "") -> Answer:
    """One request below /api, repeated until it has an answer; raises Declined or Unreachable.

    Every change carries an Idempotency-Key (`key`, or a fresh one), so that repeating never does it twice.
    """
    headers = {} if wish is None else {"content-type": "application/json"}
    if method != "GET":
        headers["idempotency-key"] = key or uuid4().hex
    body = b"" if wish is None else json.dumps(wish).encode()
    return await _answered(desk, Call(method, f"{desk.origin}/api{path}", headers, body, SECONDS, LARGEST))


async def upload(desk: Desk, picture: bytes, alt: str) -> str:
    """The asset id of a picture, which lies in the library once, however often it has to be sent."""
    mark = uuid4().hex
    parts = (
        f'--{mark}\r\nContent-Disposition: form-data; name="alt"\r\n\r\n{alt}\r\n'.encode(),
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="picture"\r\n'.encode(),
        b"Content-Type: application/octet-stream\r\n\r\n" + picture + f"\r\n--{mark}--\r\n".encode(),
    )
    headers = {"content-type": f"multipart/form-data; boundary={mark}", "idempotency-key": mark}
    call = Call("POST", f"{desk.origin}/api/media", headers, b"".join(parts), SECONDS, LARGEST)
    return str((await _answered(desk, call)).said["asset_id"])


async def _answered(desk: Desk, call: Call) -> Answer:
    call = replace(call, headers={**call.headers, "authorization": f"Bearer {desk.key}", "accept": "application/json"})
    # The address was named by whoever runs the command, so it may be private: this one, and nothing it leads to.
    allow = frozenset({host_port(desk.origin)})
    reply, waited = await send(call, allow=allow), 0.0
    for pause in PAUSES:
        wait = _wait(reply, pause)
        if wait is None or waited + wait > LONGEST_WAIT:
            break
        await sleep(wait)
        waited += wait
        reply = await send(call, allow=allow)
    return _read(desk, call, reply)


def _wait(reply: Reply | Failure, pause: float) -> float | None:
    """Seconds until it is worth asking again; None when this is the answer."""
    if isinstance(reply, Failure):
        return None if reply.reason in HOPELESS else pause
    busy = reply.status == 409 and (json_object(reply) or {}).get("code") in PASSING_CODES
    if not busy and reply.status not in PASSING:
        return None
    now = datetime.now(UTC)
    asked = retry_after(reply, now)
    return max(pause, (asked - now).total_seconds() if asked else 0.0)


def _read(desk: Desk, call: Call, reply: Reply | Failure) -> Answer:
    key = call.headers.get("idempotency-key", "")
    if isinstance(reply, Failure):
        lost = reply.sent and call.method != "GET"
        raise Unreachable(f"{desk.origin} cannot be reached. {reply.note}{LOST if lost else ''}", key if lost else "")
    said = json_object(reply)
    if said is None:
        raise Unreachable(_no_desk(desk, reply), key)
    if not reply.ok:
        raise Declined(reply.status, said)
    return Answer(reply.body, said)


def _no_desk(desk: Desk, reply: Reply) -> str:
    if there := reply.headers.get("location"):
        return f"{desk.origin} leads to {there}. Name that address instead, without what follows the host."
    return f"What answers at {desk.origin} is no Galley, or a proxy before it: status {reply.status}, and no JSON."
