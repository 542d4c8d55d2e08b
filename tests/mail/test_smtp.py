"""Handing a letter to a real mail server: what each answer means, encryption, signing in, and silence."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from app.mail import Bounced, Deferred, Letter, MailServer, Sent, Unsure, knock, mail_server, message, send
from app.settings import read

from .postbox import DROP, HANG, PASSWORD, Postbox, certificate

pytestmark = pytest.mark.pure


def server_of(box: Postbox, **changed: str) -> MailServer:
    found = mail_server(read({"SMTP_URL": box.url, "MAIL_FROM": "Galley <desk@example.com>", **changed}))
    assert found
    return found


def letter_for(server: MailServer, to: str = "nina@example.com", text: str = "Hello.\n.\n..dots\n") -> EmailMessage:
    letter = Letter("Nina", "Galley: 1 thing", text, "<p>Hello.</p>", "k1", "https://desk.example.com/off")
    return message(letter, server, to, at=datetime.now(UTC))


async def sent(box: Postbox, to: str = "nina@example.com", *, seconds: float = 5.0) -> Any:
    server = server_of(box)
    return await send(server, letter_for(server, to), to, seconds=seconds)


@pytest.fixture
async def box() -> AsyncIterator[Postbox]:
    async with Postbox() as open_box:
        yield open_box


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate that this process trusts, the way an operator's own authority is made known."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


async def test_a_letter_arrives_as_it_was_written(box: Postbox) -> None:
    assert await sent(box) == Sent("250 2.0.0 queued as 7")
    (taken,) = box.letters
    assert (taken.sender, taken.to) == ("desk@example.com", "nina@example.com")
    assert taken.body("plain") == "Hello.\n.\n..dots\n"
    assert box.said[-1].upper() == "QUIT"


async def test_the_desk_calls_itself_by_its_senders_domain(box: Postbox) -> None:
    await sent(box)
    assert box.said[0] == "ehlo example.com"


@pytest.mark.parametrize(
    ("verb", "reply", "outcome"),
    [
        ("CONNECT", "554 5.7.1 Go away", Deferred("554 5.7.1 Go away")),
        ("CONNECT", "421 4.3.2 Closing", Deferred("421 4.3.2 Closing")),
        ("MAIL", "550 5.7.1 Sender refused", Deferred("550 5.7.1 Sender refused")),
        ("RCPT", "450 4.2.1 Mailbox busy", Deferred("450 4.2.1 Mailbox busy", server=False)),
        ("RCPT", "421 4.7.0 Try later", Deferred("421 4.7.0 Try later", server=True)),
        ("RCPT", "550 5.1.1 No such user", Bounced("550 5.1.1 No such user")),
        ("RCPT", "550-5.1.1 No such\n550 user here", Bounced("550 5.1.1 No such user here")),
        ("DATA", "451 4.3.0 Disk full", Deferred("451 4.3.0 Disk full", server=False)),
        ("TEXT", "554 5.7.1 Looks like spam", Bounced("554 5.7.1 Looks like spam")),
        ("TEXT", "452 4.3.1 Out of room", Deferred("452 4.3.1 Out of room", server=False)),
    ],
)
async def test_a_refusal_is_told_in_the_servers_own_words(box: Postbox, verb: str, reply: str, outcome: Any) -> None:
    box.play(verb, reply)
    assert await sent(box) == outcome
    assert box.letters == []


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_server_that_hangs_up_before_the_text_is_asked_again_later(box: Postbox, verb: str) -> None:
    box.play(verb, DROP, DROP)
    answer = await sent(box)
    assert answer == Deferred("127.0.0.1 hung up, or did not answer in time.")


@pytest.mark.parametrize("how", [DROP, HANG])
async def test_an_answer_lost_after_the_text_is_unsure_since_the_letter_was_taken(box: Postbox, how: str) -> None:
    box.play("TEXT", how)
    answer = await sent(box, seconds=0.5)
    assert isinstance(answer, Unsure)
    assert len(box.letters) == 1


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT"])
async def test_a_server_that_says_nothing_is_left_after_the_time_it_has(box: Postbox, verb: str) -> None:
    box.play(verb, HANG)
    begun = time.monotonic()
    assert isinstance(await sent(box, seconds=0.5), Deferred)
    assert time.monotonic() - begun < 5


async def test_a_server_that_answers_every_command_slowly_is_cut_off_in_all(box: Postbox) -> None:
    class Slow(Postbox):
        async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _ in range(200):
                writer.write(b"220-still here\r\n" if _ == 0 else b"250-more\r\n" if _ > 1 else b"220 hello\r\n")
                await writer.drain()
                await asyncio.sleep(0.2)

    async with Slow() as slow:
        answer = await asyncio.wait_for(sent(slow, seconds=0.5), 10)
    assert isinstance(answer, Deferred)


async def test_a_server_that_is_not_there_is_asked_again_later(box: Postbox) -> None:
    server = server_of(box)
    await box.__aexit__()
    answer = await send(server, letter_for(server), "nina@example.com", seconds=2)
    assert isinstance(answer, Deferred) and answer.server
    assert "127.0.0.1 cannot be used" in answer.note


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN"])
async def test_the_desk_signs_in_once_the_line_is_encrypted(trusted: Path, security: str, auth: str) -> None:
    async with Postbox(trusted, security=security, auth=auth) as box:
        assert isinstance(await sent(box), Sent)
    assert box.letters[0].encrypted


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path, security: str) -> None:
    async with Postbox(certificate(tmp_path), security=security) as box:
        answer = await sent(box)
    assert isinstance(answer, Deferred)
    assert "The certificate of 127.0.0.1 is not trusted" in answer.note
    assert box.letters == []


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path, host="192.0.2.7")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with Postbox(path, security="tls") as box:
        answer = await sent(box)
    assert isinstance(answer, Deferred) and "not trusted" in answer.note


async def test_a_server_without_starttls_gets_neither_password_nor_letter(trusted: Path) -> None:
    async with Postbox(trusted, security="none", auth="PLAIN") as box:
        url = box.url + "?starttls"
        server = server_of(box, SMTP_URL=url)
        answer = await send(server, letter_for(server), "nina@example.com")
    assert isinstance(answer, Deferred) and "STARTTLS" in answer.note
    assert not any(line.upper().startswith("AUTH") for line in box.said)


async def test_a_wrong_password_is_told_and_shown_nowhere(trusted: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Postbox(trusted, security="starttls", auth="PLAIN") as box:
        box.play("AUTH", f"535 5.7.8 I do not know {PASSWORD}")
        server = server_of(box)
        answer = await send(server, letter_for(server), "nina@example.com")
    assert isinstance(answer, Deferred) and answer.note.startswith("535 5.7.8 I do not know")
    assert PASSWORD not in answer.note + caplog.text + repr(server)


async def test_letters_in_an_address_need_a_server_that_takes_them(box: Postbox) -> None:
    assert isinstance(await sent(box, "jürgen@bücher.example"), Sent)
    assert box.letters[0].to == "jürgen@xn--bcher-kva.example"
    box.extensions.remove("SMTPUTF8")
    answer = await sent(box, "jürgen@bücher.example")
    assert answer == Bounced("The mail server takes no addresses with letters like these.")


@pytest.mark.parametrize("to", ["", "nina", "nina@", "nina@example.com\r\nRCPT TO:<x@y>", "a b@example.com"])
async def test_what_is_no_address_never_reaches_the_server(box: Postbox, to: str) -> None:
    server = server_of(box)
    answer = await send(server, letter_for(server), to)
    assert isinstance(answer, Bounced)
    assert box.said == []


async def test_knocking_signs_in_and_sends_nothing(trusted: Path) -> None:
    async with Postbox(trusted, security="starttls", auth="LOGIN") as box:
        assert isinstance(await knock(server_of(box)), Sent)
        box.play("AUTH", "535 5.7.8 no")
        assert await knock(server_of(box)) == Deferred("535 5.7.8 no")
    assert box.letters == []
