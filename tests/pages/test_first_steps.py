"""The first steps: who sees them, what each does, and that they go away."""

import httpx

from app import sql
from tests.makers import make_channel, make_person, make_post, make_team
from tests.visitors import enter


async def test_a_new_desk_shows_five_steps_in_order(client: httpx.AsyncClient) -> None:
    await make_team(name="Tide House")
    admin = await enter(client, "admin")
    page = await admin.get("/setup")
    assert page.status_code == 200
    assert "1 of 5 done" in page.text
    titles = ("Workspace name and time zone", "Connect a channel", "Publishing mode", "Invite a reviewer",
              "Generate the first post")  # fmt: skip
    places = [page.text.index(title) for title in titles]
    assert places == sorted(places)


async def test_each_step_is_done_by_what_it_asks_for(client: httpx.AsyncClient) -> None:
    await make_team(name="Tide House")
    admin = await enter(client, "admin")
    channel = await make_channel()
    assert "2 of 5 done" in (await admin.get("/setup")).text
    assert (await admin.post("/setup/mode", mode="manual")).status_code == 303
    assert await sql.value("SELECT mode FROM team") == "manual"
    assert "3 of 5 done" in (await admin.get("/setup")).text
    await make_person("writer")
    assert "3 of 5 done" in (await admin.get("/setup")).text, "a writer approves nothing"
    await make_person("editor")
    assert "4 of 5 done" in (await admin.get("/setup")).text
    await make_post("awaiting_user_date", channels=[channel])
    assert "Everything is set up." in (await admin.get("/setup")).text


async def test_a_team_with_the_placeholder_name_has_its_first_step_before_it(client: httpx.AsyncClient) -> None:
    await make_team(name="Our team")
    assert "0 of 5 done" in (await (await enter(client, "admin")).get("/setup")).text


async def test_one_click_connects_the_sandbox_once(client: httpx.AsyncClient, address: str) -> None:
    admin = await enter(client, "admin")
    for _ in range(2):
        answer = await admin.post("/setup/channel")
        assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    assert await sql.value("SELECT array_agg(platform) FROM channel") == ["sandbox"]
    assert await sql.value("SELECT count(*) FROM event WHERE about = 'channel' AND move = 'connect'") == 1


async def test_a_mode_that_does_not_exist_is_refused_and_nothing_changes(client: httpx.AsyncClient) -> None:
    admin = await enter(client, "admin")
    before = await sql.value("SELECT mode FROM team")
    for fields in ({"mode": "chaos"}, {}):
        assert (await admin.post("/setup/mode", **fields)).status_code == 422
    assert await sql.value("SELECT mode FROM team") == before


async def test_choosing_the_mode_there_is_counts_too(client: httpx.AsyncClient) -> None:
    await make_team(name="Tide House", mode="approval")
    admin = await enter(client, "admin")
    await admin.post("/setup/mode", mode="approval")
    assert "2 of 5 done" in (await admin.get("/setup")).text


async def test_put_away_it_says_so_in_the_history_and_leads_to_the_inbox(client: httpx.AsyncClient) -> None:
    admin = await enter(client, "admin")
    answer = await admin.post("/setup/dismiss")
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    assert await sql.value("SELECT person FROM event WHERE move = 'dismiss_first_steps'") == admin.person.id
    assert await sql.value("SELECT settings ? 'first_steps_over' FROM team")


async def test_the_steps_are_for_admins(client: httpx.AsyncClient) -> None:
    editor = await enter(client, "editor")
    assert (await editor.get("/setup")).status_code == 403
    for path in ("channel", "mode", "dismiss"):
        assert (await editor.post(f"/setup/{path}", mode="manual")).status_code == 403
