"""Signing in and out through the pages."""

import httpx
import pytest

from app import passwords, sql
from app.tables import Person
from tests.makers import make_person, make_team
from tests.visitors import PASSWORD, be, csrf_in, enter


async def member(**values: object) -> Person:
    await make_team()
    return await make_person(password_hash=await passwords.hashed(PASSWORD), **values)


async def knock(client: httpx.AsyncClient, email: str, password: str = PASSWORD, next: str = "") -> httpx.Response:
    csrf = csrf_in(await client.get("/sign-in"))
    fields = {"csrf_token": csrf, "email": email, "password": password, "next": next}
    return await client.post("/sign-in", data=fields)


async def test_the_right_password_lets_in_and_goes_where_one_wanted(client: httpx.AsyncClient) -> None:
    person = await member()
    answer = await knock(client, person.email.upper(), next="/settings/me?tab=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/me?tab=2")
    assert (await client.get("/settings/me")).status_code == 200


async def test_the_session_cookie_is_shut_to_scripts_and_other_sites(client: httpx.AsyncClient) -> None:
    answer = await knock(client, (await member()).email)
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("session="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie and "Domain" not in cookie


async def test_a_cookie_chosen_by_somebody_else_is_never_adopted(client: httpx.AsyncClient) -> None:
    person = await member()
    be(client, "attacker-fixed")
    assert (await knock(client, person.email)).status_code == 303
    assert client.cookies["session"] != "attacker-fixed"


async def test_signing_in_again_ends_the_session_before(client: httpx.AsyncClient) -> None:
    person = await member()
    await knock(client, person.email)
    first = client.cookies["session"]
    csrf = csrf_in(await client.get("/settings/me"))
    fields = {"csrf_token": csrf, "email": person.email, "password": PASSWORD, "next": "/"}
    assert (await client.post("/sign-in", data=fields)).status_code == 303
    assert client.cookies["session"] != first
    assert await sql.value("select count(*) from session") == 1


async def test_a_wrong_password_and_an_unknown_e_mail_read_the_same(client: httpx.AsyncClient) -> None:
    person = await member()
    wrong = await knock(client, person.email, "wrong wrong wrong")
    unknown = await knock(client, "nobody@example.com", "wrong wrong wrong")
    assert wrong.status_code == unknown.status_code == 422
    assert "The e-mail or the password is not right." in wrong.text
    same = wrong.text.replace(person.email, "nobody@example.com").replace(csrf_in(wrong), csrf_in(unknown))
    assert same == unknown.text


async def test_the_typed_e_mail_stays_and_the_password_does_not(client: httpx.AsyncClient) -> None:
    answer = await knock(client, "nina@example.com", "my wrong password")
    assert 'value="nina@example.com"' in answer.text
    assert "my wrong password" not in answer.text


async def test_a_disabled_person_stays_out(client: httpx.AsyncClient) -> None:
    person = await member()
    await sql.run("update person set disabled_at = now() where id = $1", person.id)
    assert (await knock(client, person.email)).status_code == 422


async def test_the_eleventh_try_within_five_minutes_waits_even_with_the_right_password(
    client: httpx.AsyncClient,
) -> None:
    person = await member()
    for _ in range(10):
        assert (await knock(client, person.email, "wrong wrong wrong")).status_code == 422
    late = await knock(client, person.email)
    assert late.status_code == 429
    assert "Too many tries. Try again in" in late.text


async def test_an_old_hash_is_renewed_at_sign_in(client: httpx.AsyncClient) -> None:
    weak = passwords.PasswordHasher(memory_cost=1024, time_cost=1, parallelism=1).hash(PASSWORD)
    await make_team()
    person = await make_person(password_hash=weak)
    await knock(client, person.email)
    stored = await sql.value("select password_hash from person where id = $1", person.id)
    assert stored != weak and not passwords.outdated(stored)


async def test_signing_out_ends_the_session_and_empties_the_browser(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cookies", "storage"'
    assert await sql.value("select count(*) from session") == 0
    be(client, visitor.token)
    assert (await client.get("/settings/me")).status_code == 303


async def test_somebody_signed_in_is_sent_on(client: httpx.AsyncClient) -> None:
    await enter(client)
    answer = await client.get("/sign-in?next=/settings/me")
    assert answer.headers["location"] == "/settings/me"


@pytest.mark.parametrize(
    "next",
    ["//evil.example", "/\\evil.example", "javascript:alert(1)", "https://evil.example/", "\\evil", "/%0d%0a",
     "/a\r\nb", "///evil.example", "/sign-out", "/a b", "/\t/evil.example", "", "ä", "/" + "a" * 3000],
)  # fmt: skip
async def test_next_never_leads_elsewhere(client: httpx.AsyncClient, next: str) -> None:
    answer = await knock(client, (await member()).email, next=next)
    assert answer.status_code in (303, 422)
    assert answer.headers.get("location", "/") in ("/", "/%0d%0a")
    shown = await client.get("/sign-in", params={"next": next})
    assert shown.headers.get("location", "/") in ("/", "/%0d%0a")


async def test_a_path_in_other_letters_is_come_back_to(client: httpx.AsyncClient) -> None:
    person = await member()
    asked = await client.get("/calendar/day/日")
    wanted = httpx.URL(asked.headers["location"]).params["next"]
    answer = await knock(client, person.email, next=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, "/calendar/day/%E6%97%A5")


async def test_before_set_up_the_page_says_where_to_go(client: httpx.AsyncClient) -> None:
    assert "Nobody has set this desk up yet." in (await client.get("/sign-in")).text


async def test_a_form_of_one_visitor_is_refused_from_another(client: httpx.AsyncClient) -> None:
    person = await member()
    foreign = csrf_in(await client.get("/sign-in"))
    client.cookies.clear()
    await client.get("/sign-in")
    fields = {"csrf_token": foreign, "email": person.email, "password": PASSWORD, "next": ""}
    assert (await client.post("/sign-in", data=fields)).status_code == 403


async def test_a_sign_in_is_written_down(client: httpx.AsyncClient) -> None:
    person = await member()
    await knock(client, person.email)
    event = await sql.row("select * from event where about = 'person' and move = 'sign_in'")
    assert event and (event["about_id"], event["person"], event["by_kind"]) == (person.id, person.id, "person")
