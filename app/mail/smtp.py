"""Hands one letter to the mail server and says what it answered: an outcome, never an exception.

Success means that the server took it, not that anybody has it. Once the text is under way, a lost answer is Unsure:
the letter may be on its way. Blocking calls run in a thread; each waits for `seconds` at most, all of them together
for three times as long after the connection stands.
"""

import asyncio
import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from app.mail.server import MailServer, ascii_domain
from app.safe_http import masked

SECONDS = 20.0
LONGEST_NOTE = 300
GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took it."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Bounced:
    """The server will never take this letter for this address."""

    note: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now. `server`: the trouble is the server's or ours, so that nobody else's letter would fare better."""

    note: str
    server: bool = True


@dataclass(frozen=True, slots=True)
class Unsure:
    """The answer to a whole letter was lost: it may have been taken."""

    note: str


Outcome = Sent | Bounced | Deferred | Unsure
Errand = Callable[[smtplib.SMTP], Outcome]


async def send(server: MailServer, letter: EmailMessage, to: str, *, seconds: float = SECONDS) -> Outcome:
    """Hand the letter in for one address."""
    try:
        address = ascii_domain(to)
    except ValueError:
        return Bounced("This is not an e-mail address.")
    return await asyncio.to_thread(_run, server, lambda line: _hand_in(line, server, letter, address), seconds)


async def knock(server: MailServer, *, seconds: float = SECONDS) -> Outcome:
    """Connect, encrypt and sign in as for a letter, and send none."""
    return await asyncio.to_thread(_run, server, _nothing, seconds)


def _nothing(line: smtplib.SMTP) -> Outcome:
    code, words = line.noop()
    return Sent() if code == 250 else Deferred(_said(code, words))


def _run(server: MailServer, errand: Errand, seconds: float) -> Outcome:
    try:
        with _line(server, seconds) as line:
            return _clean(errand(line), server)
    except smtplib.SMTPResponseException as error:
        return _clean(Deferred(_said(error.smtp_code, error.smtp_error)), server)
    except ssl.SSLCertVerificationError as error:
        return Deferred(f"The certificate of {server.host} is not trusted: {error.verify_message}.")
    except (TimeoutError, smtplib.SMTPServerDisconnected):
        return Deferred(f"{server.host} hung up, or did not answer in time.")
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return _clean(Deferred(f"{server.host} cannot be used: {error}"), server)


@contextmanager
def _line(server: MailServer, seconds: float) -> Iterator[smtplib.SMTP]:
    """An encrypted and signed-in line, closed in every case; one that takes too long altogether is cut."""
    line = _connected(server, seconds)
    last = threading.Timer(seconds * 3, _cut, (line,))
    last.daemon = True
    last.start()
    try:
        _prepare(line, server)
        yield line
        _say_goodbye(line)
    finally:
        last.cancel()
        line.close()


def _connected(server: MailServer, seconds: float) -> smtplib.SMTP:
    # Our own name is the sender's domain: the default asks the resolver, which may take long.
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, server.domain, timeout=seconds, context=context)
    return smtplib.SMTP(server.host, server.port, server.domain, timeout=seconds)


def _prepare(line: smtplib.SMTP, server: MailServer) -> None:
    line.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        line.starttls(context=ssl.create_default_context())
        line.ehlo_or_helo_if_needed()
    if server.user:
        line.login(server.user, server.password)


def _hand_in(line: smtplib.SMTP, server: MailServer, letter: EmailMessage, to: str) -> Outcome:
    if not to.isascii() and not line.has_extn("smtputf8"):
        return Bounced("The mail server takes no addresses with letters like these.")
    code, words = line.mail(server.sender, () if to.isascii() else ("SMTPUTF8", "BODY=8BITMIME"))
    if code != 250:
        return Deferred(_said(code, words))
    code, words = line.rcpt(to)
    if code not in (250, 251):
        return _about_them(code, words)
    code, words = line.docmd("DATA")
    if code != 354:
        return _about_them(code, words)
    return _text(line, letter.as_bytes(policy=SMTP if to.isascii() else SMTPUTF8))


def _text(line: smtplib.SMTP, text: bytes) -> Outcome:
    """From here on the server may have the letter whatever we hear."""
    try:
        line.send(re.sub(rb"(?m)^\.", b"..", text.rstrip(b"\r\n")) + b"\r\n.\r\n")
        code, words = line.getreply()
    except (OSError, smtplib.SMTPException):
        return Unsure("The answer to the last letter was lost; it may have arrived.")
    return Sent(_said(code, words)) if code == 250 else _about_them(code, words)


def _about_them(code: int, words: bytes) -> Outcome:
    """What the server thinks of this letter or its reader; 421 is goodbye to everybody."""
    if code >= 500:
        return Bounced(_said(code, words))
    return Deferred(_said(code, words), server=code == 421)


def _said(code: int, words: bytes | str) -> str:
    """The server's own words on one line, with its number."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"{code} {' '.join(line.split())}"[:LONGEST_NOTE]


def _clean(outcome: Outcome, server: MailServer) -> Outcome:
    """A server that repeats what it was told must not put the password into a page or a log."""
    note = masked(outcome.note, [server.password] if server.password else [])
    if isinstance(outcome, Deferred):
        return Deferred(note[:LONGEST_NOTE], outcome.server)
    return type(outcome)(note[:LONGEST_NOTE])


def _say_goodbye(line: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        if line.sock is not None:
            line.sock.settimeout(GOODBYE_SECONDS)
            line.quit()


def _cut(line: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError):
        if line.sock is not None:
            line.sock.shutdown(socket.SHUT_RDWR)
