"""What a letter looks like on the wire: headers nobody breaks out of, plain text and HTML. Values in, message out."""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.mail.server import MailServer
from app.settings import ROOT

PLAIN, SIMPLE = re.compile(r"(?!.*=\?)[ -~]*"), re.compile(r"[A-Za-z0-9 ]*")
ENCODED_BYTES = 42  # of one encoded word, which may have 75 letters
# Marks that turn the reading order of what follows them; a title could dress up the rest of a line with one.
TURNING = {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
DRAWER = Environment(
    loader=FileSystemLoader(ROOT / "templates"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


class Verbatim(UnstructuredHeader, BaseHeader):
    """A header that goes out as it was put in. The library would decode what looks encoded in a title, line ends
    included, and encode an address that is longer than a line, so that no machine finds it."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"], kwds["decoded"] = cls.value_parser(""), value

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {str(self).replace('?= =?', f'?={policy.linesep} =?')}{policy.linesep}"


HEADERS = HeaderRegistry()
for own in ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe"):
    HEADERS.map_to_type(own.lower(), Verbatim)
WIRE = SMTP.clone(header_factory=HEADERS)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one person. `key` makes its Message-ID; `off` is where mail to them is turned off."""

    name: str
    subject: str
    text: str
    html: str
    key: str
    off: str


def drawn(template: str, names: Mapping[str, Any]) -> tuple[str, str]:
    """The two halves of `templates/mail/{template}`: plain text and HTML."""
    text, html = (DRAWER.get_template(f"mail/{template}.{kind}").render(**names) for kind in ("txt", "html"))
    return text, html


def message(letter: Letter, server: MailServer, to: str, *, at: datetime) -> EmailMessage:
    """The letter as it is handed in: one reader, both texts, and how to be spared the next one (RFC 8058)."""
    mail = EmailMessage(policy=WIRE)
    mail["From"] = _mailbox(server.sender_name, server.sender)
    mail["To"] = _mailbox(letter.name, to)
    mail["Subject"] = _encoded(one_line(letter.subject, 150), PLAIN)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{letter.key}@{server.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{letter.off}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Quoted, since a line may be longer than the 998 bytes that servers take.
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return mail


def one_line(words: str, limit: int) -> str:
    """`words` without line ends, control marks and turned reading, cut to `limit` letters."""
    kept = "".join(" " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in words[: limit * 4])
    line = " ".join("".join(one for one in kept if one not in TURNING).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _mailbox(name: str, address: str) -> str:
    shown = _encoded(one_line(name, 80), SIMPLE)
    return f"{shown} <{address}>" if shown else address


def _encoded(line: str, harmless: re.Pattern[str]) -> str:
    """RFC 2047, in words short enough for one line each, never cut inside a letter."""
    if harmless.fullmatch(line):
        return line
    words = [b""]
    for letter in line:
        if len(words[-1] + letter.encode()) > ENCODED_BYTES:
            words.append(b"")
        words[-1] += letter.encode()
    return " ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words)
