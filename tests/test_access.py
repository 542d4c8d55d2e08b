"""The table of doors: complete, enforced for every role, and never a way to another site."""

import re
from typing import Any

import httpx
import pytest

from app.access import RANK, allows, demand_role, rule_of, safe_next, sign_in_address
from app.rules import RULES
from tests.visitors import Visitor, enter

ROLES = list(RANK)
STREAMS = {"GET /events"}  # tests/pages/test_live.py
ASSET = "00000000-0000-4000-8000-000000000000"
STAND_INS = {"asset_id": ASSET, "id": "999999999", "token": "no-such-token", "path": "app.css"}


def address(path: str) -> str:
    """The route's path with something that exists nowhere for each parameter."""
    return re.sub(r"{(\w+):\w+}", lambda match: STAND_INS.get(match[1], "999999999"), path)


async def ask(client: httpx.AsyncClient, line: str, visitor: Visitor | None = None) -> httpx.Response:
    method, path = line.split(" ", 1)
    data = {"csrf_token": visitor.csrf} if visitor and method != "GET" else None
    return await client.request(method, address(path), data=data)


def test_every_door_has_a_rule_and_every_rule_a_door(app: Any) -> None:
    doors = {f"{method} {route.path}" for route in app.routes for method in route.methods - {"OPTIONS", "HEAD"}}
    assert doors - RULES.keys() == set(), "add these to RULES in app/rules.py"
    assert RULES.keys() - doors == set(), "no door of app/doors.py answers these"


def test_every_rule_is_found_under_the_name_litestar_gives_it_at_run_time(app: Any) -> None:
    for route in app.routes:
        for method in route.methods - {"OPTIONS", "HEAD"}:
            assert rule_of(method, route.path_format) == RULES[f"{method} {route.path}"]


@pytest.mark.parametrize("line", RULES)
async def test_strangers_get_only_what_is_for_anyone(client: httpx.AsyncClient, line: str) -> None:
    answer = await ask(client, line)
    if RULES[line] == "anyone":
        assert answer.status_code not in (401, 500) and "/sign-in?" not in answer.headers.get("location", "")
    elif RULES[line] == "key":
        assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
    elif line in STREAMS:
        assert answer.status_code == 401, "whoever listens reads no sign-in page"
    elif line.startswith("GET "):
        assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("line", [line for line in RULES if line not in STREAMS])
async def test_a_role_opens_what_its_rank_allows(client: httpx.AsyncClient, line: str, role: str) -> None:
    visitor = await enter(client, role)
    answer = await ask(client, line, visitor)
    rule = RULES[line]
    if rule == "anyone":
        assert answer.status_code < 500
    elif rule == "key":
        assert answer.status_code == 401, "a session is no key"
    elif RANK[role] >= RANK[rule]:
        assert answer.status_code < 500 and answer.status_code not in (401, 403), answer.text
    else:
        assert answer.status_code == 403
        assert f"This takes the role {rule}; yours is {role}." in answer.text


def test_a_door_without_a_rule_is_shut_to_everybody() -> None:
    who: Any = type("Who", (), {"role": "admin"})()
    assert rule_of("GET", "/brand-new") is None
    with pytest.raises(Exception, match="Nobody may open"):
        demand_role(who, None)


async def test_htmx_is_told_that_the_session_ended_and_the_page_stays(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/settings/me", headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/posts/7?x=1"}
    )
    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "#alert"
    assert "You were signed out" in answer.text and "your text is kept on this page" in answer.text
    assert 'href="/sign-in?next=/posts/7%3Fx%3D1"' in answer.text


async def test_a_stranger_comes_back_to_the_page_with_its_query(client: httpx.AsyncClient) -> None:
    answer = await client.get("/settings/me?tab=2&x=%C3%A4")
    assert answer.headers["location"] == "/sign-in?next=/settings/me%3Ftab%3D2%26x%3D%25C3%25A4"


async def test_a_door_that_is_options_only_tells_methods_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await client.request("OPTIONS", "/settings/people")
    assert (answer.status_code, answer.text) == (204, "")


@pytest.mark.parametrize("good", ["/", "/inbox", "/posts/7?from=2&to=3", "/a//b"])
def test_a_path_of_ours_is_kept(good: str) -> None:
    assert safe_next(good) == good


def test_a_path_in_other_letters_is_one_that_a_header_takes() -> None:
    assert safe_next("/calendar/day/日?q=ä&p=%C3%A4#ü") == "/calendar/day/%E6%97%A5?q=%C3%A4&p=%C3%A4#%C3%BC"


def test_the_sign_in_page_of_home_carries_no_next() -> None:
    assert sign_in_address("/", b"") == "/sign-in"
    assert sign_in_address("//evil", b"") == "/sign-in"


def test_menus_and_doors_read_the_same_table() -> None:
    editor: Any = type("Who", (), {"role": "editor"})()
    assert allows(editor, "GET /settings/me")
    assert not allows(editor, "GET /settings/people")
    assert not allows(None, "GET /settings/me")
