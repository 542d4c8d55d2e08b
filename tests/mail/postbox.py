"""A mail server on a real socket: STARTTLS, TLS from the start, AUTH, replies by script, silence and hang-ups.

`async with Postbox() as box:` then `box.play("RCPT", "550 5.1.1 No such user")`; what was taken is in `box.letters`.
"""

import asyncio
import base64
import ipaddress
import ssl
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HANG, DROP = "hang", "drop"
USER, PASSWORD = "desk", "nine quiet lighthouses"


@dataclass(frozen=True)
class Taken:
    """One letter as it came over the wire, dots unstuffed."""

    sender: str
    to: str
    raw: bytes
    encrypted: bool

    @property
    def mail(self) -> EmailMessage:
        return cast(EmailMessage, message_from_bytes(self.raw, policy=default))

    def body(self, kind: str) -> str:
        part = self.mail.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class Postbox:
    """`security`: none, starttls or tls. With `auth` nothing is taken from strangers."""

    def __init__(self, certificate: Path | None = None, *, security: str = "none", auth: str = "") -> None:
        self.certificate, self.security, self.auth = certificate, security, auth
        self.letters: list[Taken] = []
        self.said: list[str] = []
        self.script: dict[str, deque[str]] = defaultdict(deque)
        self.extensions = ["SMTPUTF8", "8BITMIME"]
        self.over = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    def play(self, verb: str, *replies: str) -> None:
        """What the next commands of that name are answered; HANG says nothing, DROP hangs up. TEXT: after the dot."""
        self.script[verb] += replies

    @property
    def url(self) -> str:
        who = "desk:nine%20quiet%20lighthouses@" if self.auth else ""
        scheme = "smtps" if self.security == "tls" else "smtp"
        return f"{scheme}://{who}127.0.0.1:{self.port}" + ("?starttls" if self.security == "starttls" else "")

    async def __aenter__(self) -> Self:
        context = self._context() if self.security == "tls" else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self.over.set()
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0.05)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self.certificate is not None
        context.load_cert_chain(self.certificate)
        return context

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await Visit(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()


class Visit:
    """One connection."""

    def __init__(self, box: Postbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.box, self.reader, self.writer = box, reader, writer
        self.encrypted, self.known, self.sender, self.to = box.security == "tls", False, "", ""

    async def run(self) -> None:
        await self._say("CONNECT", "220 postbox")
        while line := (await self.reader.readline()).decode():
            verb, _, rest = line.strip().partition(" ")
            self.box.said.append(line.strip())
            await getattr(self, f"_{verb.lower()}", self._other)(rest)

    async def _say(self, verb: str, usual: str) -> str:
        """The scripted reply, else the usual one; returns what was said."""
        script = self.box.script[verb]
        reply = script.popleft() if script else usual
        if reply == HANG:
            await self.box.over.wait()
            raise ConnectionResetError
        if reply == DROP:
            self.writer.transport.abort()
            raise ConnectionResetError
        self.writer.write("".join(f"{part}\r\n" for part in reply.split("\n")).encode())
        await self.writer.drain()
        return reply

    async def _ehlo(self, rest: str) -> None:
        offers = ["postbox", *self.box.extensions]
        if self.box.security == "starttls" and not self.encrypted:
            offers.append("STARTTLS")
        if self.box.auth and (self.encrypted or self.box.security == "none"):
            offers.append(f"AUTH {self.box.auth}")
        await self._say("EHLO", "\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"]))

    async def _starttls(self, rest: str) -> None:
        if (await self._say("STARTTLS", "220 go")).startswith("220"):
            await self.writer.start_tls(self.box._context())
            self.encrypted = True

    async def _auth(self, rest: str) -> None:
        how, _, first = rest.partition(" ")
        if how == "PLAIN":
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            user = base64.b64decode(first).decode() if first else await self._ask("Username:")
            password = await self._ask("Password:")
        self.known = (user, password) == (USER, PASSWORD)
        await self._say("AUTH", "235 welcome" if self.known else "535 5.7.8 Authentication failed")

    async def _ask(self, what: str) -> str:
        self.writer.write(b"334 " + base64.b64encode(what.encode()) + b"\r\n")
        return base64.b64decode(await self.reader.readline()).decode()

    async def _mail(self, rest: str) -> None:
        self.sender = rest.split("<")[1].split(">")[0]
        usual = "250 ok" if self.known or not self.box.auth else "530 5.7.0 Authentication required"
        await self._say("MAIL", usual)

    async def _rcpt(self, rest: str) -> None:
        self.to = rest.split("<")[1].split(">")[0]
        await self._say("RCPT", "250 ok")

    async def _data(self, rest: str) -> None:
        if not (await self._say("DATA", "354 go")).startswith("354"):
            return
        raw = (await self.reader.readuntil(b"\r\n.\r\n"))[: -len(b".\r\n")].replace(b"\r\n..", b"\r\n.")
        self.box.letters.append(Taken(self.sender, self.to, raw, self.encrypted))
        if not (await self._say("TEXT", "250 2.0.0 queued as 7")).startswith("250"):
            self.box.letters.pop()

    async def _quit(self, rest: str) -> None:
        await self._say("QUIT", "221 bye")
        self.writer.close()

    async def _other(self, rest: str) -> None:
        await self._say("OTHER", "250 ok")


def certificate(folder: Path, *, host: str = "127.0.0.1") -> Path:
    """A key and a certificate signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "postbox")])
    now = datetime.now(UTC)
    builder: Any = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    made = builder.add_extension(names, critical=False).sign(key, SHA256())
    path = folder / "postbox.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path
