"""A letter on the wire: whatever people typed stays words in it, and machines find what they look for."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import parseaddr, parsedate_to_datetime
from typing import cast

import pytest

from app.mail import Letter, MailServer, message, one_line

pytestmark = pytest.mark.pure
SERVER = MailServer("127.0.0.1", 25, "none", "", "", "desk@example.com", "Galley")
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OFF = "https://a-desk-with-a-long-name.example.com/hooks/unsubscribe/7-" + "a" * 80
NASTY = [
    "Tides\r\nBcc: everybody@example.com",
    "Tides\nSubject: other\n\nbody",
    "a\x00b\x1b[31mc\x7fd\x85e\u2028f",
    "שלום עולם " * 40,
    "\u202egnp.exe\u2066x",
    "é" * 10_000,
    "🎉" * 300,
    "x" * 10_000,
    "=?utf-8?q?=0D=0ABcc:_x?=",
    "\ud800 alone",
    "„Gezeiten im Hafen“: Freigabe erbeten für Größe, Maß und vieles andere, das auch noch hineinmuss",
]


def wire(subject: str = "Galley", name: str = "Nina", text: str = "Hello", html: str = "<p>Hello</p>") -> bytes:
    return message(Letter(name, subject, text, html, "k1", OFF), SERVER, "nina@example.com", at=AT).as_bytes(
        policy=SMTP
    )


def parsed(raw: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(raw, policy=default))


HEADERS = parsed(wire()).keys()


@pytest.mark.parametrize("words", NASTY, ids=range(len(NASTY)))
def test_nothing_typed_breaks_out_of_a_header(words: str) -> None:
    mail = parsed(wire(subject=words, name=words))
    assert mail.keys() == HEADERS
    assert mail["Subject"] == one_line(words, 150)
    assert mail["Subject"].isprintable()
    name, address = parseaddr(message_from_bytes(wire(name=words))["To"])
    assert (str(make_header(decode_header(name))), address) == (one_line(words, 80), "nina@example.com")
    assert mail.get_body(("plain",)).get_content().strip() == "Hello"


@pytest.mark.parametrize("words", NASTY[:9], ids=range(9))
def test_no_line_is_longer_than_servers_take(words: str) -> None:
    raw = wire(subject=words, text=words * 5, html=f"<p>{words}</p>")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


def test_the_text_comes_back_as_it_was_written() -> None:
    text = "ü" * 3000 + "\n.\n..\nFrom here\n" + "x" * 2000 + "\n"
    mail = parsed(wire(text=text, html=f"<p>{text}</p>"))
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == text
    assert "ü" * 3000 in mail.get_body(("html",)).get_content()
    assert mail.get_content_type() == "multipart/alternative"


def test_machines_find_what_they_look_for() -> None:
    raw = wire()
    mail = parsed(raw)
    assert f"List-Unsubscribe: <{OFF}>\r\n".encode() in raw, "an encoded address is found by nobody"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<k1@example.com>"
    assert parsedate_to_datetime(mail["Date"]) == AT
    assert str(mail["From"]) == "Galley <desk@example.com>"


def test_one_line_keeps_words_and_says_that_it_cut() -> None:
    assert one_line("  Tides \n twice ", 40) == "Tides twice"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"
    assert one_line("a\u202eb\u2069c", 10) == "abc"
