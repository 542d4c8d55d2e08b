"""The demo: one run, and everything it leaves behind is what the product itself would have made."""

import re
from datetime import timedelta

import httpx
import pytest

from app import self_check, sql
from app.demo import fill, people
from app.lifecycles.statuses import PostStatus
from tests.makers import make_person
from tests.visitors import csrf_in

PASSWORD = "low-water-abcdef"
PAGES = ("/inbox", "/calendar", "/posts", "/campaigns", "/log", "/forecast", "/library", "/channels", "/blog")


async def test_the_demo_fills_an_empty_desk_with_everything_there_is(address: str, client: httpx.AsyncClient) -> None:
    """All in one test: the run takes seconds."""
    await fill.fill(PASSWORD)
    found = await sql.rows("SELECT status, count(*) AS n FROM post GROUP BY status")
    assert {record["status"] for record in found} == {*PostStatus}
    assert sum(record["n"] for record in found) == 60
    assert await self_check.look_over() == 0
    await _its_people_have_all_roles_and_sign_in(client)
    await _its_past_has_the_right_order()
    for path in PAGES:
        assert (await client.get(path)).status_code == 200, path
    for record in await sql.rows("SELECT id FROM post"):
        assert (await client.get(f"/posts/{record['id']}")).status_code == 200, record["id"]
    await _what_is_published_can_be_read(client)
    with pytest.raises(fill.NotEmpty):
        await fill.fill(PASSWORD)


async def _its_people_have_all_roles_and_sign_in(client: httpx.AsyncClient) -> None:
    roles = await sql.rows("SELECT role FROM person ORDER BY role")
    assert [record["role"] for record in roles] == ["admin", "editor", "viewer", "writer", "writer"]
    door = await client.get("/sign-in")
    form = {"csrf_token": csrf_in(door), "email": people.email("ada"), "password": PASSWORD}
    assert (await client.post("/sign-in", data=form)).status_code == 303


async def _its_past_has_the_right_order() -> None:
    """Nothing lies ahead that has happened, and each post's events come in the order of their ids."""
    assert await sql.value("SELECT count(*) FROM event WHERE at > now()") == 0
    assert await sql.value("SELECT count(*) FROM event WHERE at < now() - interval '30 days'") > 20
    backwards = "SELECT count(*) FROM (SELECT at - lag(at) OVER (ORDER BY id) AS step FROM event) e WHERE step < '0'"
    assert await sql.value(backwards) == 0
    lag = "SELECT max(a.opened_at - u.due_at) FROM attempt a JOIN delivery d ON d.id = a.delivery"
    assert await sql.value(f"{lag} JOIN publication u ON u.id = d.publication") < timedelta(minutes=1)
    late = (
        "SELECT count(*) FROM post WHERE planned_time IS NOT NULL AND"
        " (publish_at AT TIME ZONE zone) <> planned_on + planned_time"
    )
    assert await sql.value(late) == 0
    walls = await sql.rows(
        "SELECT DISTINCT planned_time FROM post WHERE planned_time IS NOT NULL AND status <> $1", PostStatus.UNPUBLISHED
    )
    assert all(record["planned_time"].second == 0 for record in walls)


async def _what_is_published_can_be_read(client: httpx.AsyncClient) -> None:
    blog = await client.get("/blog")
    slugs = set(re.findall(r'href="(/blog/[a-z0-9-]+)"', blog.text))
    assert len(slugs) >= 8
    assert (await client.get(slugs.pop())).status_code == 200


async def test_a_desk_where_somebody_works_is_left_alone(address: str) -> None:
    await make_person("admin")
    with pytest.raises(fill.NotEmpty):
        await fill.fill(PASSWORD)
    assert await sql.value("SELECT count(*) FROM person") == 1
