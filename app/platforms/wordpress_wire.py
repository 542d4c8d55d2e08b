"""WordPress REST as it travels: address, credentials, time and what refusals mean. Called by wordpress* only.

Facts: developer.wordpress.org/rest-api, and 6.8.7 and 7.1.4 as measured. An attempt may read as often as it
needs and writes once; both together end before its lease of 30 s does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from app.platforms import answers
from app.platforms.contract import Account, Answer, NotSent, Refused, TryLater, Unknown
from app.platforms.wordpress_address import address, credentials, joined, origin
from app.platforms.wordpress_errors import FIND_ADDRESS, code_of, declined
from app.safe_http import Call, Failure, Reply, host_port, opened, send
from app.safe_http.call import MISTAKEN

READING = 8.0  # seconds for all reads of an attempt; with the write no more than the flow expects of a call
WRITING = 12.0
VISITING = 3.0
SHORTEST = 0.2  # a read with less time than this is not begun
NAMESPACE = "/wp/v2"
ROOTS: dict[str, str] = {}  # where a site's REST API was found, as long as this process lives


@dataclass(frozen=True, slots=True)
class Said:
    """A good answer: its JSON, and how the attempt's row keeps it."""

    json: Any
    heard: Answer

    @property
    def one(self) -> dict[str, Any]:
        return self.json if isinstance(self.json, dict) else {}

    @property
    def number(self) -> int:
        """Of what was made; a 2xx that names none is no receipt."""
        id = self.one.get("id")
        if not isinstance(id, int) or isinstance(id, bool):
            raise Stopped(Unknown("WordPress gave an answer that is no receipt.", self.heard))
        return id

    @property
    def many(self) -> list[dict[str, Any]]:
        return [row for row in self.json if isinstance(row, dict)] if isinstance(self.json, list) else []


class Stopped(Exception):
    """How the rooms of this platform tell the verb that its call is over; it never leaves them."""

    def __init__(self, outcome: Refused | TryLater | NotSent | Unknown, code: str = "", data: Any = None) -> None:
        super().__init__(outcome.note)
        self.outcome = outcome
        self.code = code
        self.data: Mapping[str, Any] = data if isinstance(data, dict) else {}


@dataclass(slots=True)
class Line:
    """One attempt's talk with one site. `now` is the site's clock as its last answer told it."""

    account: Account
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    until: float = field(default_factory=lambda: monotonic() + READING)

    async def read(self, path: str, **query: str) -> Said:
        """Nothing is changed by it, so whatever goes wrong is certainly not done."""
        url = await self._url(NAMESPACE + path, query)
        try:
            return await self._ask(Call("GET", url, seconds=self._left()))
        except Stopped as stopped:
            raise Stopped(_undone(stopped.outcome), stopped.code, stopped.data) from stopped

    async def write(self, path: str, said: Mapping[str, Any], **query: str) -> Said:
        """The one mutating call of an attempt."""
        return await self.put(path, json.dumps(said).encode(), {"content-type": "application/json"}, **query)

    async def put(self, path: str, body: bytes, headers: Mapping[str, str], **query: str) -> Said:
        url = await self._url(NAMESPACE + path, query)
        return await self._ask(Call("POST", url, headers, body, seconds=WRITING))

    async def visit(self, url: str) -> Reply | None:
        """A public page as a reader sees it, without credentials; None when it could not be had."""
        seen = await send(Call("GET", url, {"accept": "text/html"}, seconds=VISITING))
        return seen if isinstance(seen, Reply) else None

    async def discover(self) -> Said:
        """Where the REST API is: under /wp-json, or behind ?rest_route= where addresses are plain."""
        site = address(self.account)
        if urlsplit(site).scheme == "http" and host_port(site) not in opened():
            raise Stopped(Refused("invalid_settings", "Use https://: the password would travel for all to read."))
        for root in (f"{site}/wp-json", f"{site}/?rest_route="):
            said = await self._index(root)
            if said is not None:
                ROOTS[site] = root
                return said
        raise Stopped(Refused("invalid_settings", FIND_ADDRESS.format(site=site)))

    async def _index(self, root: str) -> Said | None:
        call = Call("GET", joined(root, "/", {"_fields": "namespaces,authentication"}), seconds=self._left())
        reply = await self._send(call)
        self._demand_there(reply, origin(root))
        heard = self._heard(reply)
        if reply.status in answers.PATIENCE or reply.status == 401 or reply.status >= 500:
            raise Stopped(_undone(declined(reply, self.account, heard)))
        said = Said(_json(reply), heard)
        return said if "wp/v2" in (said.one.get("namespaces") or ()) else None

    async def _url(self, path: str, query: Mapping[str, str]) -> str:
        site = address(self.account)
        if site not in ROOTS:
            await self.discover()
        return joined(ROOTS[site], path, query)

    async def _ask(self, call: Call) -> Said:
        reply = await self._send(call)
        self._demand_there(reply, origin(call.url))
        heard, said = self._heard(reply), _json(reply)
        if reply.ok and said is not None:
            return Said(said, heard)
        if said is None:
            ROOTS.pop(address(self.account), None)  # it may have moved: looked for next time
        if reply.ok:
            raise Stopped(Unknown(f"{self.account.name} gave an answer that is no receipt.", heard))
        code, data = code_of(said)
        raise Stopped(declined(reply, self.account, heard), code, data)

    def _demand_there(self, reply: Reply, asked: str) -> None:
        """A site that moved: whoever follows comes without credentials, and hears what anybody would."""
        if not reply.url.startswith(asked + "/"):
            note = f"{asked} leads to {origin(reply.url)}; use that address."
            raise Stopped(Refused("invalid_settings", note, self._heard(reply)))

    async def _send(self, call: Call) -> Reply:
        signed = {**call.headers, "authorization": f"Basic {credentials(self.account)}", "accept": "application/json"}
        reply = await send(replace(call, headers=signed))
        if isinstance(reply, Failure):
            raise Stopped(self._undelivered(call, reply))
        self.now = _clock(reply) or self.now
        return reply

    def _undelivered(self, call: Call, failure: Failure) -> Refused | NotSent | Unknown:
        if call.method == "GET" and failure.reason not in MISTAKEN:
            return NotSent(f"{self.account.name} could not be asked: {failure.note}", answer=Answer(failure.status))
        return answers.undelivered(failure, self.account)

    def _left(self) -> float:
        left = self.until - monotonic()
        if left < SHORTEST:
            raise Stopped(NotSent(f"{self.account.name} is too slow to be asked and written to in one go."))
        return left

    def _heard(self, reply: Reply) -> Answer:
        password = self.account.secrets.get("password", "")
        return answers.answer(reply, (password, password.replace(" ", ""), credentials(self.account)))


def _undone(outcome: Refused | TryLater | NotSent | Unknown) -> Refused | TryLater | NotSent:
    """Asking changes nothing, so no answer to a question leaves anything open."""
    return NotSent(outcome.note, answer=outcome.answer) if isinstance(outcome, Unknown) else outcome


def _json(reply: Reply) -> Any:
    """A JSON object or list; None for anything else."""
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _clock(reply: Reply) -> datetime | None:
    try:
        return parsedate_to_datetime(reply.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
