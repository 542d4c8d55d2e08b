"""The people page: inviting, roles, shutting out, and the last admin."""

import asyncio
import re

import httpx
import pytest

from app import people, sql
from app.accounts import Refused
from tests.makers import make_person, make_team
from tests.visitors import Visitor, come_back, enter

PEOPLE = "/settings/people"


async def admin(client: httpx.AsyncClient) -> Visitor:
    return await enter(client, "admin", password_hash="x")


async def test_an_invitation_shows_its_link_once_and_stores_only_a_digest(client: httpx.AsyncClient) -> None:
    visitor = await admin(client)
    answer = await visitor.post(PEOPLE, name="Jo", email="jo@example.com", role="editor")
    assert answer.status_code == 200
    link = re.search(r'id="link-text">([^<]+)<', answer.text)
    assert link and "/invite/" in link[1]
    token = link[1].rsplit("/", 1)[1]
    assert token not in (await visitor.get(PEOPLE)).text
    assert "Invited, has not joined yet" in (await visitor.get(PEOPLE)).text
    assert len(await sql.value("select token_sha256 from ticket")) == 32


async def test_the_same_e_mail_in_other_letters_is_refused_with_what_was_typed(client: httpx.AsyncClient) -> None:
    visitor = await admin(client)
    await visitor.post(PEOPLE, name="Jo", email="jo@example.com", role="editor")
    answer = await visitor.post(PEOPLE, name="Jo", email="JO@example.com", role="viewer")
    assert answer.status_code == 422
    assert "Somebody with this e-mail is here already." in answer.text
    assert 'value="JO@example.com"' in answer.text


async def test_a_new_role_signs_the_person_out_everywhere(client: httpx.AsyncClient) -> None:
    person = await make_person("writer")
    await make_team()
    await come_back(client, person)
    visitor = await admin(client)
    await visitor.post(f"{PEOPLE}/{person.id}/role", role="editor")
    assert await sql.value("select role from person where id = $1", person.id) == "editor"
    assert await sql.value("select count(*) from session where person = $1", person.id) == 0


async def test_shutting_out_ends_sessions_and_links_and_can_be_undone(client: httpx.AsyncClient) -> None:
    person = await make_person("writer", password_hash="x")
    await make_team()
    await come_back(client, person)
    visitor = await admin(client)
    await visitor.post(f"{PEOPLE}/{person.id}/link")
    await visitor.post(f"{PEOPLE}/{person.id}/disable")
    assert await sql.value("select disabled_at is not null from person where id = $1", person.id)
    assert await sql.value("select count(*) from session where person = $1", person.id) == 0
    assert await sql.value("select revoked_at is not null from ticket")
    assert "Shut out" in (await visitor.get(PEOPLE)).text
    await visitor.post(f"{PEOPLE}/{person.id}/enable")
    assert await sql.value("select disabled_at from person where id = $1", person.id) is None


@pytest.mark.parametrize(("door", "fields"), [("role", {"role": "viewer"}), ("disable", {})])
async def test_the_last_admin_cannot_be_taken_away(
    client: httpx.AsyncClient, door: str, fields: dict[str, str]
) -> None:
    visitor = await admin(client)
    await make_person("admin")  # invited, never joined: cannot sign in, so does not count
    answer = await visitor.post(f"{PEOPLE}/{visitor.person.id}/{door}", **fields)
    assert answer.status_code == 409
    assert "This is the last admin." in answer.text
    row = await sql.row("select role, disabled_at from person where id = $1", visitor.person.id)
    assert row and (row["role"], row["disabled_at"]) == ("admin", None)


async def test_two_admins_who_demote_each_other_at_once_leave_one() -> None:
    one, two = [await make_person("admin", password_hash="x") for _ in range(2)]
    for _ in range(5):
        await sql.run("update person set role = 'admin'")
        said = await asyncio.gather(
            people.set_role(one.id, two.id, "viewer"), people.disable(two.id, one.id), return_exceptions=True
        )
        assert sum(isinstance(what, Refused) for what in said) == 1, said
        assert await sql.value("select count(*) from person where role = 'admin' and disabled_at is null") == 1
        await sql.run("update person set disabled_at = null")


async def test_a_person_who_is_not_there_is_said_and_not_broken(client: httpx.AsyncClient) -> None:
    visitor = await admin(client)
    assert (await visitor.post(f"{PEOPLE}/{visitor.person.id + 1000}/disable")).status_code == 409
    for id in ("0", "-1", "9223372036854775808", "99999999999999999999999", "x"):
        assert (await visitor.post(f"{PEOPLE}/{id}/disable")).status_code == 404, id


async def test_every_change_is_written_down_with_who_did_it(client: httpx.AsyncClient) -> None:
    person = await make_person("writer")
    visitor = await admin(client)
    await visitor.post(f"{PEOPLE}/{person.id}/role", role="editor")
    await visitor.post(f"{PEOPLE}/{person.id}/link")
    await visitor.post(f"{PEOPLE}/{person.id}/disable")
    await visitor.post(f"{PEOPLE}/{person.id}/enable")
    rows = await sql.rows("select move, person from event where about_id = $1 order by id", person.id)
    assert [row["move"] for row in rows] == ["set_role", "link_again", "disable", "enable"]
    assert {row["person"] for row in rows} == {visitor.person.id}


async def test_a_name_with_markup_is_only_text(client: httpx.AsyncClient) -> None:
    visitor = await admin(client)
    await visitor.post(PEOPLE, name="<img src=x onerror=alert(1)>", email="x@example.com", role="viewer")
    shown = (await visitor.get(PEOPLE)).text
    assert "<img src=x" not in shown and "&lt;img src=x" in shown
