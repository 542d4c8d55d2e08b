"""Every door that changes something asks for the form's token and origin, and every answer carries the headers."""

import httpx
import pytest

from app.rules import RULES
from app.security import exempt
from tests.test_access import address, ask
from tests.visitors import csrf_in, enter

STREAMS = {"GET /events"}
CHANGING = [line for line in RULES if not line.startswith("GET ") and not exempt(line.partition(" ")[2])]
EXEMPT = {line for line in RULES if not line.startswith("GET ") and exempt(line.partition(" ")[2])}
NAMES = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy",
         "cross-origin-resource-policy", "permissions-policy", "cache-control")  # fmt: skip


async def test_no_door_takes_a_form_that_is_not_its_own(client: httpx.AsyncClient) -> None:
    strange = csrf_in(await client.get("/sign-in"))
    other = (await enter(client, "admin")).csrf
    visitor = await enter(client, "admin")
    taken = []
    for line in CHANGING:
        method, path = line.split(" ", 1)
        for token in ("", "0" * 64, "ä€", other, strange):
            anyone = token == strange and RULES[line] == "anyone"  # that visit is this browser's own
            answer = await client.request(method, address(path), data={"csrf_token": token})
            taken += [] if answer.status_code == 403 or anyone else [f"{answer.status_code} {line} {token}"]
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            mine = {"csrf_token": visitor.csrf}
            answer = await client.request(method, address(path), data=mine, headers=headers)
            taken += [] if answer.status_code == 403 else [f"{answer.status_code} {line} {headers}"]
    assert taken == []


def test_only_machines_doors_ask_for_no_token() -> None:
    """Each of them asks for a key, a signature or a link, or takes nothing; a page's form never stands among them."""
    pages = {"POST /csp-report", "POST /hooks/{token:str}", "POST /hooks/unsubscribe/{token:str}"}
    assert {line for line in EXEMPT if RULES[line] != "key" and "/sandbox/" not in line} == pages


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/x-www-form-urlencoded", "", "*/*"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "QUERY", "post"])
async def test_no_other_method_or_content_gets_past_it(client: httpx.AsyncClient, method: str, kind: str) -> None:
    await enter(client, "admin")
    sent = b'{"csrf_token": "x", "role": "admin"}'
    answer = await client.request(method, "/settings/people", content=sent, headers={"content-type": kind})
    assert answer.status_code in (400, 403, 405, 415)


async def test_every_answer_of_every_door_carries_the_headers(client: httpx.AsyncClient) -> None:
    bare = []
    visitor = await enter(client, "admin")
    for line in RULES:
        for who in (None, visitor) if line not in STREAMS else ():
            answer = await ask(client, line, who)
            bare += [f"{line}: {name}" for name in NAMES if name not in answer.headers]
    assert bare == []
