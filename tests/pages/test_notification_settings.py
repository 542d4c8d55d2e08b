"""A person's own choice of e-mail: kept, told when it cannot work, tried, and turned off by the link of a mail."""

from typing import Any

import httpx
import pytest

from app import sql
from app.flow import mail_wishes
from app.settings import Settings, read
from tests.mail.postbox import Postbox
from tests.visitors import enter

HERE = "/settings/notifications"


def at(monkeypatch: pytest.MonkeyPatch, place: Any, url: str, sender: str = "desk@example.com") -> Settings:
    """The desk as if it had been started with this mail server."""
    known = read({"SMTP_URL": url, "MAIL_FROM": sender, "PUBLIC_URL": place.origin})
    for module in ("app.pages.notification_settings", "app.flow.digests"):
        monkeypatch.setattr(f"{module}.settings", lambda: known)
    return known


async def wished(person: int) -> tuple[Any, ...]:
    row = await sql.row("SELECT mail_how, mail_hour, mail_urgent FROM person WHERE id = $1", person)
    return tuple(row or ())


async def test_a_digest_at_eight_is_what_nobody_has_to_choose(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, zone="Asia/Kolkata")
    shown = (await visitor.get(HERE)).text
    assert 'id="f-how-daily" value="daily" checked' in shown
    assert '<option value="8" selected>08:00' in shown
    assert "In your time zone, Kolkata." in shown


async def test_the_choice_is_kept_and_written_down(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    answer = await visitor.post(HERE, how="hourly", hour="17")
    assert (answer.status_code, answer.headers["location"]) == (303, HERE)
    assert await wished(visitor.person.id) == ("hourly", 17, False)
    told = await sql.row("SELECT move, person, facts FROM event WHERE about = 'person' AND move = 'save_mail'")
    assert told and told["person"] == visitor.person.id and '"hourly"' in told["facts"]
    assert 'value="hourly" checked' in (await visitor.get(HERE)).text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"how": "weekly", "hour": "8"}, "how"),
        ({"how": "daily", "hour": "24"}, "hour"),
        ({"how": "daily", "hour": "noon"}, "hour"),
        ({"hour": "8"}, "how"),
    ],
)
async def test_what_is_no_choice_is_refused_and_nothing_is_lost(
    client: httpx.AsyncClient, fields: dict[str, str], field: str
) -> None:
    visitor = await enter(client)
    answer = await visitor.post(HERE, urgent="on", **fields)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert await wished(visitor.person.id) == ("daily", 8, True)


async def test_without_a_mail_server_the_page_says_so_and_offers_no_test(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, place, "", "")
    visitor = await enter(client)
    shown = (await visitor.get(HERE)).text
    assert "E-mail is off, since this desk has no mail server yet." in shown
    assert "SMTP_URL and MAIL_FROM" in shown
    assert 'id="mail-test"' not in shown
    assert (await visitor.post(f"{HERE}/test")).status_code == 409


@pytest.mark.parametrize(("role", "said"), [("admin", "SMTP_URL is no address"), ("viewer", "An admin sees here")])
async def test_what_is_wrong_with_the_settings_is_told_to_admins(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch, role: str, said: str
) -> None:
    at(monkeypatch, place, "nonsense")
    visitor = await enter(client, role)
    shown = (await visitor.get(HERE)).text
    assert said in shown
    assert (await visitor.post(f"{HERE}/test")).status_code == 409


async def test_a_test_mail_arrives_and_the_page_says_what_the_server_answered(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client, name="Nina")
    async with Postbox() as box:
        at(monkeypatch, place, box.url)
        answer = await visitor.post(f"{HERE}/test")
    assert answer.status_code == 303
    shown = (await visitor.get(HERE)).text
    assert f"The mail server took it (250 2.0.0 queued as 7). Look for it at {visitor.person.email}." in shown
    (taken,) = box.letters
    assert taken.to == visitor.person.email
    assert "This is the test e-mail you asked for." in taken.body("plain")
    assert f"{place.origin}/settings/notifications" in taken.body("html")
    assert f"{place.origin}/hooks/unsubscribe/" in taken.mail["List-Unsubscribe"]


async def test_a_test_mail_that_is_refused_is_told_in_the_servers_words(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    async with Postbox() as box:
        at(monkeypatch, place, box.url)
        box.play("RCPT", "550 5.1.1 <b>No such user</b>")
        answer = await visitor.post(f"{HERE}/test")
    assert answer.status_code == 422
    assert "The e-mail did not go out: “550 5.1.1 &lt;b&gt;No such user" in answer.text


async def test_a_test_mail_that_arrives_ends_a_refusal(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    await sql.run("UPDATE person SET mail_refused_at = now(), mail_note = '550 gone'")
    async with Postbox() as box:
        at(monkeypatch, place, box.url)
        assert "“550 gone”. Nothing more is sent there until you save" in (await visitor.get(HERE)).text
        await visitor.post(f"{HERE}/test")
        assert "550 gone" not in (await visitor.get(HERE)).text


async def test_saving_tries_a_refused_address_again(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    await sql.run("UPDATE person SET mail_refused_at = now(), mail_note = '550 gone'")
    await visitor.post(HERE, how="daily", hour="8")
    assert await sql.value("SELECT mail_refused_at FROM person") is None


async def test_a_mail_that_waits_says_why_and_until_when(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, place, "smtp://localhost")
    visitor = await enter(client)
    await sql.run("UPDATE person SET mail_tries = 2, mail_note = '421 busy', mail_next_at = '2031-02-03 04:05Z'")
    shown = (await visitor.get(HERE)).text
    assert "The last e-mail did not go out: “421 busy”. It is tried again" in shown
    assert "04:05 (UTC)" in shown


async def test_asking_for_test_mails_again_and_again_is_stopped(
    client: httpx.AsyncClient, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await enter(client)
    async with Postbox() as box:
        at(monkeypatch, place, box.url)
        answers = [(await visitor.post(f"{HERE}/test")).status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]
    assert len(box.letters) == 3


# The link of every mail


def link(person: int) -> str:
    return "/hooks/unsubscribe/" + mail_wishes.off_link(person).rpartition("/")[2]


async def test_looking_at_the_link_changes_nothing_and_one_button_turns_mail_off(client: httpx.AsyncClient) -> None:
    visitor = await enter(client)
    client.cookies.clear()
    shown = await client.get(link(visitor.person.id))
    assert shown.status_code == 200 and visitor.person.email in shown.text
    assert "noindex" in shown.headers["x-robots-tag"]
    assert await wished(visitor.person.id) == ("daily", 8, True)
    done = await client.post(link(visitor.person.id))
    assert done.status_code == 200 and "E-mail is off" in done.text
    assert (await wished(visitor.person.id))[0] == "never"


async def test_a_mail_program_turns_mail_off_without_cookie_or_token_and_twice_is_as_good_as_once(
    client: httpx.AsyncClient,
) -> None:
    visitor = await enter(client)
    client.cookies.clear()
    for _ in range(2):
        answer = await client.post(link(visitor.person.id), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert (await wished(visitor.person.id))[0] == "never"
    assert await sql.value("SELECT count(*) FROM event WHERE move = 'turn_off_mail'") == 1


@pytest.mark.parametrize("spoil", ["{id}", "{id}-", "{next}-{sig}", "{id}-{sig}x", "x-{sig}", "-", "%C3%A4-%C3%A4"])
async def test_a_link_we_never_made_turns_nothing_off(client: httpx.AsyncClient, spoil: str) -> None:
    visitor = await enter(client)
    number, _, signature = mail_wishes.off_link(visitor.person.id).rpartition("/")[2].partition("-")
    token = spoil.format(id=number, next=int(number) + 1, sig=signature)
    for answer in (await client.get(f"/hooks/unsubscribe/{token}"), await client.post(f"/hooks/unsubscribe/{token}")):
        assert answer.status_code == 404
        assert "This link is damaged." in answer.text
    assert (await wished(visitor.person.id))[0] == "daily"
