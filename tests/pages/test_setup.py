"""The first run, and joining by a link."""

import httpx
import pytest

from app import accounts, people, sql, tickets
from app.settings import settings
from tests.makers import make_person, make_team
from tests.visitors import PASSWORD, csrf_in, enter

FOUNDING = {
    "team": "Harbor Coffee", "zone": "Europe/Berlin", "name": "Nina Lorenz", "email": "nina@example.com",
    "password": PASSWORD, "site_on": "on",
}  # fmt: skip


async def link() -> str:
    found = await accounts.setup_link()
    assert found and found.startswith(settings().origin + "/setup/")
    return found.removeprefix(settings().origin)


async def fill(client: httpx.AsyncClient, path: str, **changed: str) -> httpx.Response:
    csrf = csrf_in(await client.get(path))
    fields = {name: value for name, value in {**FOUNDING, **changed}.items() if value}
    return await client.post(path, data={"csrf_token": csrf, **fields})


async def test_the_form_founds_team_admin_and_blog_and_signs_in(client: httpx.AsyncClient) -> None:
    answer = await fill(client, await link())
    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")
    team = await sql.row("select name, zone from team")
    assert team and tuple(team) == ("Harbor Coffee", "Europe/Berlin")
    person = await sql.row("select * from person")
    assert person and (person["email"], person["role"]) == ("nina@example.com", "admin")
    assert await sql.value("select name from channel where platform = 'site'") == "Blog"
    assert (await client.get("/settings/people")).status_code == 200
    assert await accounts.sign_in("nina@example.com", PASSWORD, ip="127.0.0.1", agent="")


async def test_without_the_tick_there_is_no_blog(client: httpx.AsyncClient) -> None:
    await fill(client, await link(), site_on="")
    assert await sql.value("select count(*) from channel") == 0


async def test_the_link_works_once(client: httpx.AsyncClient) -> None:
    path = await link()
    await fill(client, path)
    client.cookies.clear()
    assert (await client.get(path)).status_code == 404
    assert "used already" in (await client.get(path)).text


async def test_a_second_form_of_the_same_link_changes_nothing(client: httpx.AsyncClient) -> None:
    path = await link()
    csrf = csrf_in(await client.get(path))
    first = accounts.Founding("A", "UTC", "B", "b@example.com", PASSWORD, False)
    await accounts.set_up(path.removeprefix("/setup/"), first)
    answer = await client.post(path, data={"csrf_token": csrf, **FOUNDING})
    assert answer.status_code == 404
    assert await sql.value("select count(*) from person") == 1


async def test_a_new_link_stops_the_one_before(client: httpx.AsyncClient) -> None:
    first, second = await link(), await link()
    assert (await client.get(first)).status_code == 404
    assert (await client.get(second)).status_code == 200


async def test_an_old_link_has_expired(client: httpx.AsyncClient) -> None:
    path = await link()
    await sql.run("update ticket set expires_at = now() - interval '1 second'")
    assert (await client.get(path)).status_code == 404


async def test_there_is_no_link_once_somebody_exists() -> None:
    await make_person("viewer")
    assert await accounts.setup_link() is None


async def test_a_link_from_before_does_not_make_a_second_admin(client: httpx.AsyncClient) -> None:
    path = await link()
    csrf = csrf_in(await client.get(path))
    await make_person("admin")
    answer = await client.post(path, data={"csrf_token": csrf, **FOUNDING})
    assert answer.status_code == 422
    assert await sql.value("select count(*) from person") == 1
    assert await sql.value("select used_at from ticket") is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("team", " ", "Write something here."),
        ("team", "\u200b\u200b", "no visible characters"),
        ("team", "x" * 81, "80 fit"),
        ("zone", "Berlin", "Choose a time zone from the list."),
        ("email", "nina", "This is not an e-mail address."),
        ("email", "a@b@c", "This is not an e-mail address."),
        ("password", "eleven char", "Use at least 12 characters"),
        ("password", "HarborCoffee2026", "easy to guess"),
        ("password", "x" * 129, "Use at most 128 characters."),
        ("status", "admin", "The form has no such field."),
    ],
)
async def test_a_wrong_answer_says_why_and_keeps_what_was_typed(
    client: httpx.AsyncClient, field: str, value: str, said: str
) -> None:
    answer = await fill(client, await link(), **{field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert "1 thing to fix" in answer.text
    assert 'value="Nina Lorenz"' in answer.text
    assert PASSWORD not in answer.text
    assert await sql.value("select count(*) from person") == 0


async def test_a_nul_in_a_name_is_a_sentence_and_no_crash(client: httpx.AsyncClient) -> None:
    answer = await fill(client, await link(), team="Har\x00bor")
    assert answer.status_code == 422 and "control characters" in answer.text


async def test_invalid_utf_8_is_422(client: httpx.AsyncClient) -> None:
    path = await link()
    csrf = csrf_in(await client.get(path))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"team=%ff&csrf_token=", b"team=\xff&csrf_token=", b"team=%ED%A0%80&csrf_token="):
        assert (await client.post(path, content=body + csrf.encode(), headers=kind)).status_code == 422


async def test_an_invited_person_chooses_a_password_and_is_in(client: httpx.AsyncClient) -> None:
    admin = await enter(client, "admin")
    path = (await people.invite(admin.person.id, email="jo@example.com", name="Jo", role="writer")).split("/", 3)[3]
    client.cookies.clear()
    shown = await client.get("/" + path)
    assert "jo@example.com" in shown.text
    answer = await client.post("/" + path, data={"csrf_token": csrf_in(shown), "name": "Jo B", "password": PASSWORD})
    assert answer.headers["location"] == "/"
    me = await client.get("/settings/me")
    assert 'value="Jo B"' in me.text
    client.cookies.clear()
    assert (await client.get("/" + path)).status_code == 404


async def test_a_reset_link_replaces_the_password_and_ends_every_session(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, password_hash="x")
    path = (await accounts.invite_link(visitor.person.id)).removeprefix(settings().origin)
    client.cookies.clear()
    shown = await client.get(path)
    assert "Choose a new password" in shown.text
    fields = {"csrf_token": csrf_in(shown), "name": "Nina", "password": PASSWORD}
    assert (await client.post(path, data=fields)).status_code == 303
    assert await sql.value("select count(*) from session") == 1
    assert await sql.value("select kind from ticket") == "reset"


async def test_a_link_works_in_a_browser_where_somebody_is_signed_in(client: httpx.AsyncClient) -> None:
    """Their own for a new password, or another's on a shared computer; whoever was in before is out."""
    admin = await enter(client, "admin", password_hash="x")
    invited = await make_person("writer")
    for person in (admin.person, invited):
        path = (await accounts.invite_link(person.id)).removeprefix(settings().origin)
        fields = {"csrf_token": csrf_in(await client.get(path)), "name": "Jo", "password": PASSWORD}
        assert (await client.post(path, data=fields)).status_code == 303
        assert person.email in (await client.get("/settings/me")).text
    assert await sql.value("select array_agg(person) from session") == [invited.id]


async def test_a_weak_password_leaves_the_invitation_open(client: httpx.AsyncClient) -> None:
    await make_team()
    person = await make_person("writer")
    path = (await accounts.invite_link(person.id)).removeprefix(settings().origin)
    shown = await client.get(path)
    weak = await client.post(path, data={"csrf_token": csrf_in(shown), "name": "Jo", "password": "password1234"})
    assert weak.status_code == 422
    assert await tickets.invitation(path.removeprefix("/invite/"))


async def test_a_disabled_persons_link_is_dead(client: httpx.AsyncClient) -> None:
    admin = await enter(client, "admin", password_hash="x")
    person = await make_person("writer")
    path = (await accounts.invite_link(person.id)).removeprefix(settings().origin)
    await people.disable(admin.person.id, person.id)
    assert (await client.get(path)).status_code == 404
