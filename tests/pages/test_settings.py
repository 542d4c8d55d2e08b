"""A person's own settings and the team's."""

import json

import httpx
import pytest

from app import accounts, passwords, sql
from app.flow import approvers
from app.tables import Person, Team
from tests.flow.stage import acting
from tests.makers import make_person
from tests.visitors import PASSWORD, be, come_back, enter

WORKSPACE = {
    "name": "Harbour", "zone": "Europe/Berlin", "mode": "manual", "generation_on": "on", "generate_at": "07:30",
    "approval_rule": "several", "approvals_needed": "2", "approve_hours": "4", "self_approval": "never",
    "monthly_quota": "", "ink": "#101010", "paper": "#fafafa", "accent": "#c00000",
    "outline": "# {{ title }}\n\n{{ brief }}", "blog_title": "Harbour notes", "blog_description": "",
}  # fmt: skip


async def test_the_own_page_shows_name_and_this_browser(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, name="Nina Lorenz")
    answer = await visitor.get("/settings/me")
    assert answer.status_code == 200
    assert 'value="Nina Lorenz"' in answer.text
    assert "This browser" in answer.text


async def test_name_zone_and_theme_are_kept(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/settings/me", name="  Jonas   Weber ", zone="Asia/Kolkata", theme="dark")
    assert answer.headers["location"] == "/settings/me"
    person = await Person.objects().get(Person.id == visitor.person.id)
    assert person and (person.name, person.zone) == ("Jonas Weber", "Asia/Kolkata")
    shown = await visitor.get("/settings/me")
    assert 'data-theme="dark"' in shown.text
    assert ">Saved.<" in shown.text
    assert ">Saved.<" not in (await visitor.get("/settings/me")).text


async def test_an_unknown_zone_is_refused_and_the_typed_name_kept(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/settings/me", name="Somebody Else", zone="Mars/Olympus", theme="")
    assert answer.status_code == 422
    assert "Choose a time zone from the list." in answer.text
    assert 'value="Somebody Else"' in answer.text


async def test_a_field_that_the_form_does_not_have_is_refused(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/settings/me", name="Nina", zone="", theme="", role="admin")
    assert answer.status_code == 422
    person = await Person.objects().get(Person.id == visitor.person.id)
    assert person and person.role == "editor"


async def test_a_new_password_signs_out_every_other_browser(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, password_hash=await passwords.hashed(PASSWORD))
    elsewhere = (await come_back(client, visitor.person)).token
    be(client, visitor.token)
    answer = await visitor.post("/settings/password", old=PASSWORD, new="seven muddy accordions")
    assert answer.status_code == 303
    assert client.cookies["session"] not in (visitor.token, elsewhere)
    assert (await client.get("/settings/me")).status_code == 200
    for old in (visitor.token, elsewhere):
        be(client, old)
        assert (await client.get("/settings/me")).status_code == 303
    assert await accounts.sign_in(visitor.person.email, "seven muddy accordions", ip="127.0.0.1", agent="")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wrong wrong wrong", "seven muddy accordions", "This is not your present password."),
        (PASSWORD, "short", "Use at least 12 characters"),
        (PASSWORD, "password12345", "easy to guess"),
    ],
)
async def test_a_password_that_cannot_be_taken_says_why(
    client: httpx.AsyncClient, old: str, new: str, said: str
) -> None:
    visitor = await enter(client, password_hash=await passwords.hashed(PASSWORD))
    answer = await visitor.post("/settings/password", old=old, new=new)
    assert answer.status_code == 422
    assert said in answer.text
    assert old not in answer.text and f'value="{new}"' not in answer.text


async def test_one_of_my_browsers_can_be_signed_out(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    other = await come_back(client, visitor.person)
    found = await sql.value("select id from session where person = $1 order by id limit 1", visitor.person.id)
    assert (await other.post(f"/settings/sessions/{found}/end")).status_code == 303
    assert await sql.value("select count(*) from session where person = $1", visitor.person.id) == 1


async def test_somebody_elses_browser_stays_signed_in(client: httpx.AsyncClient) -> None:
    victim = await enter(client)
    session = await sql.value("select id from session where person = $1", victim.person.id)
    attacker = await enter(client)
    await attacker.post(f"/settings/sessions/{session}/end")
    assert await sql.value("select count(*) from session where id = $1", session) == 1


async def test_single_keys_can_be_switched_off(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    await visitor.post("/settings/keyboard")
    assert 'data-keys="off"' in (await visitor.get("/settings/keyboard")).text
    await visitor.post("/settings/keyboard", keys="on")
    assert 'data-keys="off"' not in (await visitor.get("/settings/keyboard")).text


async def test_the_theme_button_works_without_scripts_and_comes_back(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    fields = {"csrf_token": visitor.csrf, "theme": "dark"}
    answer = await client.post("/theme", data=fields, headers={"referer": "http://x/settings/keyboard"})
    assert answer.headers["location"] == "/settings/keyboard"
    assert 'data-theme="dark"' in (await visitor.get("/settings/keyboard")).text
    answer = await client.post("/theme", data=fields, headers={"referer": "http://x//evil.example"})
    assert answer.headers["location"] == "/"


async def test_shortcuts_are_a_page_and_a_dialogs_body(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    assert (await visitor.get("/shortcuts")).text.startswith("<!doctype html>")
    inside = (await visitor.get("/shortcuts", headers={"HX-Request": "true"})).text
    assert 'id="shortcuts"' in inside and "<html" not in inside


async def test_the_teams_settings_are_stored_where_the_flows_read_them(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    answer = await visitor.post("/settings/workspace", **WORKSPACE)
    assert answer.status_code == 303, answer.text
    team = await Team.objects().output(load_json=True).get(Team.id == 1)
    assert team and (team.zone, team.mode, team.generation_on) == ("Europe/Berlin", "manual", True)
    assert (f"{team.generate_at:%H:%M}", team.approvals_needed, team.self_approval) == ("07:30", 2, "never")
    assert team.monthly_quota is None
    assert team.settings["outline"] == "# {{ title }}\n\n{{ brief }}"
    assert team.settings["accent"] == "#c00000"
    assert team.settings["blog_title"] == "Harbour notes"


async def test_a_change_of_the_team_is_written_down_with_before_and_after(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    await visitor.post("/settings/workspace", **WORKSPACE)
    await visitor.post("/settings/workspace", **{**WORKSPACE, "mode": "autopilot"})
    await visitor.post("/settings/workspace", **{**WORKSPACE, "mode": "autopilot"})
    events = await sql.rows("select * from event where about = 'team' order by id")
    assert [event["person"] for event in events] == [visitor.person.id] * 2
    assert json.loads(events[1]["facts"]) == {"mode": {"from": "manual", "to": "autopilot"}}


async def test_settings_of_others_are_not_lost_by_a_save(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    await sql.run("update team set settings = '{\"late_window\": 30}'")
    await visitor.post("/settings/workspace", **WORKSPACE)
    assert json.loads(await sql.value("select settings from team"))["late_window"] == 30


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("zone", "Nowhere", "Choose a time zone"),
        ("ink", "red", "Write a colour as"),
        ("mode", "chaos", "Choose one of the options."),
        ("approvals_needed", "10", "from 1 to 9"),
        ("approvals_needed", "one", "Write a whole number."),
        ("generate_at", "24:00", "Write a time from 00:00 to 23:59."),
        ("outline", "{% for x %}", "Line 1 of the outline"),
        ("name", "\u200b", "no visible characters"),
        ("name", "x" * 81, "80 fit"),
    ],
)
async def test_a_wrong_team_setting_says_why_and_changes_nothing(
    client: httpx.AsyncClient, field: str, value: str, said: str
) -> None:
    visitor = await enter(client, "admin")
    answer = await visitor.post("/settings/workspace", **{**WORKSPACE, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Harbour notes"' in answer.text
    assert await sql.value("select mode from team") == "approval"


async def test_what_was_saved_is_shown_again(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    await visitor.post("/settings/workspace", **WORKSPACE)
    shown = (await visitor.get("/settings/workspace")).text
    for piece in ('value="07:30"', 'value="#c00000"', "{{ brief }}", 'value="Europe/Berlin" selected'):
        assert piece in shown, piece


async def test_only_admins_see_the_teams_corners(client: httpx.AsyncClient) -> None:
    assert "/settings/people" not in (await (await enter(client)).get("/settings/me")).text
    assert "/settings/people" in (await (await enter(client, "admin")).get("/settings/me")).text


async def test_named_people_are_kept_and_another_rule_lets_them_go(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    jonas = await make_person("editor", name="Jonas")
    named = {**WORKSPACE, "approval_rule": "named", "approvers": [str(jonas.id), str(visitor.person.id)]}
    assert (await visitor.post("/settings/workspace", **named)).status_code == 303
    assert {one.person for one in await approvers.of(None)} == {jonas.id, visitor.person.id}
    assert 'id="f-approval_rule-named" value="named" checked' in (await visitor.get("/settings/workspace")).text
    await visitor.post("/settings/workspace", **{**WORKSPACE, "approval_rule": "one"})
    assert await approvers.of(None) == []
    assert await sql.value("select approvals_needed from team") == 1


@pytest.mark.parametrize("ticked", ["nobody", "a writer"])
async def test_named_people_must_be_some_who_may_approve_and_nothing_typed_is_lost(
    client: httpx.AsyncClient, ticked: str
) -> None:
    visitor = await enter(client, "admin")
    people = {"a writer": [str((await make_person("writer")).id)]}.get(ticked, [])
    answer = await visitor.post(
        "/settings/workspace", **{**WORKSPACE, "approval_rule": "named", "approvers": people, "approve_hours": "9"}
    )
    assert answer.status_code == 422 and 'href="#f-approvers"' in answer.text
    assert 'value="9"' in answer.text and 'value="named" checked' in answer.text
    assert await sql.value("select name from team") != "Harbour notes" and await approvers.of(None) == []


async def test_the_page_warns_of_named_people_who_cannot_approve_any_more(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    jonas = await make_person("editor", name="Jonas")
    await approvers.save(None, [jonas.id, visitor.person.id], by=acting(visitor.person))
    assert "does not count" not in (await visitor.get("/settings/workspace")).text
    await sql.run("update person set disabled_at = now() where id = $1", jonas.id)
    assert "Jonas cannot approve any more and does not count." in (await visitor.get("/settings/workspace")).text


@pytest.mark.parametrize(("typed", "kept"), [("0", 0), ("168", 168), ("", 4)])
async def test_how_long_before_an_approval_is_due(client: httpx.AsyncClient, typed: str, kept: int) -> None:
    visitor = await enter(client, "admin")
    await visitor.post("/settings/workspace", **{**WORKSPACE, "approve_hours": typed})
    assert json.loads(await sql.value("select settings from team"))["approve_hours"] == kept
    assert (await visitor.post("/settings/workspace", **{**WORKSPACE, "approve_hours": "169"})).status_code == 422
