"""Strangers who guess at a password cannot shut its owner out of the browser where they signed in before."""

import httpx
import pytest

from app import accounts, known_browsers, passwords, people, sql
from app.tables import Person
from tests.makers import make_person
from tests.pages.test_sign_in import knock, member
from tests.visitors import PASSWORD, csrf_in, enter

WRONG = "wrong wrong wrong"


async def besieged(person: Person) -> None:
    """As many guesses from all over the world as an account takes."""
    for number in range(10):
        with pytest.raises(accounts.Refused):
            await accounts.sign_in(person.email, WRONG, ip=f"198.51.100.{number}", agent="")
        with pytest.raises(accounts.Refused):  # and from the owner's own address, as behind one proxy
            await accounts.sign_in(f"nobody{number}@example.com", WRONG, ip="127.0.0.1", agent="")


def forget_session(client: httpx.AsyncClient) -> None:
    for name in ("session", "visit"):
        client.cookies.delete(name)


async def test_the_owner_comes_in_where_they_were_before(client: httpx.AsyncClient) -> None:
    person = await member()
    assert (await knock(client, person.email)).status_code == 303
    forget_session(client)
    await besieged(person)
    assert (await knock(client, person.email.upper())).status_code == 303


async def test_on_a_strange_browser_even_the_right_password_waits(client: httpx.AsyncClient) -> None:
    person = await member()
    await besieged(person)
    assert (await knock(client, person.email)).status_code == 429


async def test_a_mark_that_was_made_up_helps_nobody(client: httpx.AsyncClient) -> None:
    person = await member()
    await besieged(person)
    for number, mark in enumerate(("", ".", "x", "x.y", "ä.€", "a." + "0" * 64, "." + "0" * 64)):
        assert known_browsers.named(mark, person.email) == "", mark
        with pytest.raises(accounts.throttles.TriedTooOften):
            await accounts.sign_in(person.email, PASSWORD, ip=f"203.0.113.{number}", agent="", mark=mark)


async def test_the_mark_of_one_person_is_worth_nothing_for_another(client: httpx.AsyncClient) -> None:
    mallory = await make_person(password_hash=await passwords.hashed(PASSWORD))
    person = await member()
    assert (await knock(client, mallory.email)).status_code == 303
    forget_session(client)
    await besieged(person)
    assert (await knock(client, person.email)).status_code == 429


async def test_a_known_browser_has_no_more_tries_than_any(client: httpx.AsyncClient) -> None:
    person, mark = await member(), known_browsers.mark("someone@example.com")
    await sql.run("UPDATE person SET email = 'Someone@example.com' WHERE id = $1", person.id)
    for number in range(10):
        with pytest.raises(accounts.Refused):
            await accounts.sign_in("someone@example.com", WRONG, ip=f"198.51.100.{number}", agent="", mark=mark)
    with pytest.raises(accounts.throttles.TriedTooOften):
        await accounts.sign_in("someone@example.com", PASSWORD, ip="203.0.113.5", agent="", mark=mark)


async def test_the_mark_is_shut_to_scripts_and_lets_nobody_in(client: httpx.AsyncClient) -> None:
    person = await member()
    answer = await knock(client, person.email)
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("known="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and person.email not in cookie
    forget_session(client)
    assert (await client.get("/settings/me")).status_code == 303


async def test_a_wrong_password_earns_no_mark(client: httpx.AsyncClient) -> None:
    person = await member()
    assert "known=" not in str((await knock(client, person.email, WRONG)).headers.get_list("set-cookie"))


async def test_whoever_joins_by_a_link_is_known_from_then_on(client: httpx.AsyncClient) -> None:
    admin = await enter(client, "admin")
    link = await people.invite(admin.person.id, email="jo@example.com", name="Jo", role="writer")
    path = "/" + link.split("/", 3)[3]
    client.cookies.clear()
    fields = {"csrf_token": csrf_in(await client.get(path)), "name": "Jo", "password": PASSWORD}
    assert (await client.post(path, data=fields)).status_code == 303
    assert known_browsers.named(client.cookies["known"], "jo@example.com")


async def test_guesses_elsewhere_do_not_keep_anybody_from_a_new_password(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, password_hash=await passwords.hashed(PASSWORD))
    await besieged(visitor.person)
    answer = await visitor.post("/settings/password", old=PASSWORD, new="seven muddy accordions")
    assert answer.status_code == 303
