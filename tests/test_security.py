"""Headers on every answer, form tokens, origins, hosts, body sizes and the CSP report door."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from app import security, sql
from app.pages.plain import Reports
from app.security import HEADERS, client_ip
from app.settings import Settings, settings
from tests.visitors import Visitor, csrf_in, enter

ME = {"name": "Nina", "zone": "", "theme": ""}
EVERYWHERE = ["/health", "/ready", "/robots.txt", "/sign-in", "/nowhere", "/static/app.css", "/static/none.css", "/"]


@pytest.fixture
def with_settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Other settings for one test, where the doors read them."""

    def change(**values: Any) -> Settings:
        changed = replace(settings(), **values)
        for module in ("security", "cookies"):
            monkeypatch.setattr(f"app.{module}.settings", lambda: changed)
        return changed

    return change


def demand_headers(answer: httpx.Response) -> None:
    for name, value in HEADERS.items():
        if name != b"cache-control":
            assert answer.headers.get(name.decode()) == value.decode(), (name, answer)


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_answer_carries_the_headers(client: httpx.AsyncClient, path: str) -> None:
    demand_headers(await client.get(path))


async def test_refusals_and_mistakes_carry_them_too(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    for answer in (
        await client.delete("/sign-in"),
        await client.post("/settings/me"),
        await visitor.post("/settings/me", name=""),
        await visitor.get("/settings/people"),
        await client.post("/sign-in", content=b"x" * 2_000_000),
        await client.get("/sign-in", headers={"host": "evil.example"}),
    ):
        assert answer.status_code in (400, 403, 405, 413, 415, 422)
        demand_headers(answer)


async def test_pages_are_not_stored_and_static_files_are(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    page = await visitor.get("/settings/me")
    assert page.headers["cache-control"] == "no-store"
    href = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in (await client.get(href)).headers["cache-control"]


async def test_hsts_and_cookie_prefixes_follow_https(client: httpx.AsyncClient, with_settings: Any) -> None:
    assert "strict-transport-security" not in (await client.get("/sign-in")).headers
    with_settings(public_url="https://localhost")
    answer = await client.get("/sign-in")
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert answer.headers["set-cookie"].startswith("__Host-visit=")
    assert "Secure" in answer.headers["set-cookie"]


async def test_head_is_get(client: httpx.AsyncClient) -> None:
    assert (await client.head("/health")).status_code == 200


BAD_TOKENS = {
    "none": {},
    "empty": {"csrf_token": ""},
    "guessed": {"csrf_token": "0" * 64},
    "not ascii": {"csrf_token": "ä€😀"},
    "short": {"csrf_token": "a"},
    "long": {"csrf_token": "a" * 100_000},
}


@pytest.mark.parametrize("bad", BAD_TOKENS)
async def test_a_bad_form_token_is_403_and_changes_nothing(client: httpx.AsyncClient, bad: str) -> None:
    visitor = await enter(client, name="Before")
    answer = await client.post("/settings/me", data={**ME, **BAD_TOKENS[bad]})
    assert answer.status_code == 403
    assert await sql.value("select name from person where id = $1", visitor.person.id) == "Before"


@pytest.mark.parametrize("header", ["ä".encode("latin-1"), "ä€".encode(), b"\xff", b"zz", b"0" * 64])
async def test_a_bad_token_header_is_403(client: httpx.AsyncClient, header: bytes) -> None:
    await enter(client)
    answer = await client.post("/settings/me", data=ME, headers=[(b"x-csrf-token", header)])
    assert answer.status_code == 403


async def test_two_tokens_in_one_form_are_refused(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await client.post("/settings/me", data={**ME, "csrf_token": [visitor.csrf, visitor.csrf]})
    assert answer.status_code == 403


async def test_another_sessions_token_and_a_visitors_token_are_refused(client: httpx.AsyncClient) -> None:
    visiting = csrf_in(await client.get("/sign-in"))
    other = (await enter(client)).csrf
    await enter(client)
    for token in (visiting, other):
        assert (await client.post("/settings/me", data={**ME, "csrf_token": token})).status_code == 403


async def test_the_token_is_taken_from_the_header_htmx_sends(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await client.post("/settings/me", data=ME, headers={"x-csrf-token": visitor.csrf})
    assert answer.status_code == 303


async def test_the_token_is_taken_from_a_multipart_form(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    parts = {name: (None, value) for name, value in {**ME, "csrf_token": visitor.csrf}.items()}
    assert (await client.post("/settings/me", files=parts)).status_code == 303


def own(visitor: Visitor) -> str:
    return str(visitor.client.base_url).rstrip("/")


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost"},
    {"origin": "http://localhost.evil.example"},
    {"origin": ""},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "what"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_form_from_another_site_is_refused_even_with_the_token(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    visitor = await enter(client)
    answer = await client.post("/settings/me", data={**ME, "csrf_token": visitor.csrf}, headers=headers)
    assert answer.status_code == 403
    assert "from another site" in answer.text


async def test_a_form_from_our_own_pages_is_taken(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    headers = {"origin": own(visitor), "sec-fetch-site": "same-origin"}
    answer = await client.post("/settings/me", data={**ME, "csrf_token": visitor.csrf}, headers=headers)
    assert answer.status_code == 303


async def test_get_changes_nothing(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    assert (await client.get("/sign-out")).status_code == 405
    assert (await visitor.get("/settings/me")).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/xml", "multipart/form-data"])
async def test_other_content_is_no_form(client: httpx.AsyncClient, kind: str) -> None:
    await enter(client)
    answer = await client.post("/settings/me", content=b'{"name": "x"}', headers={"content-type": kind})
    assert answer.status_code in (400, 403, 415)


async def test_a_multipart_form_of_rubbish_is_refused_and_not_broken(client: httpx.AsyncClient) -> None:
    await enter(client)
    kind = {"content-type": "multipart/form-data; boundary=x"}
    part = b"--x\r\nContent-Disposition: form-data; name="
    bodies = [
        b"",
        b"--x",
        b"--x\r\n\r\n--x--",
        part + b'"name"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        part + b'"a\xff"\r\n\r\n1\r\n--x--\r\n',
        b"--x\r\nContent-Disposition: x\r\n\r\n1\r\n--x--",
        (part + b'"n"\r\n\r\n1\r\n') * 1100 + b"--x--\r\n",
    ]
    for body in bodies:
        answer = await client.post("/settings/me", content=body, headers=kind)
        assert 400 <= answer.status_code < 500, (body[:80], answer.status_code)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "localhost@evil.example", "["])
async def test_another_host_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    answer = await client.get("/sign-in", headers={"host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


async def test_health_answers_under_any_host(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health", headers={"host": "10.0.0.7:8000"})).status_code == 200


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("localhost:8000", True), ("127.0.0.1", True), ("127.9.9.9:80", True), ("[::1]:8000", True), ("10.0.0.1", False),
     ("desk.example", False)],
)  # fmt: skip
def test_without_a_public_url_only_this_machine_is_served(with_settings: Any, host: str, allowed: bool) -> None:
    with_settings(public_url="")
    scope: Any = {"path": "/inbox", "headers": [(b"host", host.encode())]}
    assert security.host_allowed(scope) is allowed


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [(0, "6.6.6.6", "127.0.0.1"), (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"), (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
     (3, "1.2.3.4", "1.2.3.4"), (1, "", "127.0.0.1")],
)  # fmt: skip
def test_only_trusted_proxies_name_the_address(with_settings: Any, hops: int, forwarded: str, seen: str) -> None:
    with_settings(proxy_hops=hops)
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope: Any = {"client": ("127.0.0.1", 5), "headers": headers}
    assert client_ip(scope) == seen


async def test_a_body_of_more_than_a_mebibyte_is_413(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/settings/me", **{**ME, "name": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "That is too large" in answer.text


async def test_a_chunked_body_is_measured_as_it_comes(client: httpx.AsyncClient) -> None:
    await enter(client)

    async def endless() -> Any:
        for _ in range(40):
            yield b"a" * 65_536

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/settings/me", content=endless(), headers=kind)).status_code == 413


async def test_a_csp_report_is_counted_without_a_token(client: httpx.AsyncClient) -> None:
    before = Reports.total
    for body in (b'{"csp-report": {}}', b"\xff\x00rubbish"):
        answer = await client.post("/csp-report", content=body, headers={"content-type": "application/csp-report"})
        assert (answer.status_code, answer.text) == (204, "")
    assert Reports.total == before + 2


async def test_a_huge_csp_report_is_413(client: httpx.AsyncClient) -> None:
    assert (await client.post("/csp-report", content=b"x" * 20_000)).status_code == 413


async def test_reports_beyond_the_minutes_share_are_counted_but_not_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(40):
        await client.post("/csp-report", content=f"line\n{number}".encode())
    lines = [record.getMessage() for record in caplog.records if record.name == "galley.csp"]
    assert 0 < len(lines) <= 20
    assert not any("\n" in line for line in lines)


async def test_nothing_secret_is_logged(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    visitor = await enter(client)
    with caplog.at_level("DEBUG"):
        await visitor.post("/settings/password", old="my old canary words", new="my new canary words")
        csrf = csrf_in(await client.get("/settings/me"))
    for secret in ("canary", visitor.token, csrf):
        assert secret not in caplog.text
