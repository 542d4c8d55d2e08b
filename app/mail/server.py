"""Which mail server there is and who the sender is, read from SMTP_URL and MAIL_FROM. Values only.

The host is the operator's own choice, so unlike what people type it may be this machine or a private address.
"""

import ipaddress
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from app.settings import Settings, SettingsError

Security = Literal["none", "starttls", "tls"]
PORTS: dict[Security, int] = {"none": 25, "starttls": 587, "tls": 465}
EXAMPLE = "such as smtp://user:password@mail.example.com:587?starttls or smtps://user:password@mail.example.com"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and in whose name."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    sender: str
    sender_name: str

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


def mail_server(settings: Settings) -> MailServer | None:
    """The server, None while none is set, or SettingsError; its sentence never shows the password."""
    if not settings.smtp_url and not settings.mail_from:
        return None
    if not settings.smtp_url:
        raise SettingsError(f"MAIL_FROM is set, but SMTP_URL is missing. Set it to an address {EXAMPLE}.")
    name, address = _sender(settings.mail_from)
    parts, port = _parts(settings.smtp_url)
    security = _security(parts)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host = parts.hostname or ""
    if password and security == "none" and not _this_machine(host):
        raise SettingsError(
            "SMTP_URL would send its password readable by everybody on the way. Add ?starttls, or write smtps://."
        )
    return MailServer(host, port or PORTS[security], security, user, password, address, name)


def ascii_domain(address: str) -> str:
    """The address with its domain as DNS knows it; ValueError for one that cannot be."""
    local, _, domain = address.rpartition("@")
    if not local or not domain or not address.isprintable() or " " in address:
        raise ValueError("not an address")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def _sender(written: str) -> tuple[str, str]:
    name, address = parseaddr(written)
    try:
        address = ascii_domain(address)
        if not address.isascii() or not name.isprintable():
            raise ValueError("not an address that every server takes")
    except ValueError:
        raise SettingsError(
            "MAIL_FROM is missing or no e-mail address. Set it, such as Galley <desk@example.com>."
        ) from None
    return name, address


def _parts(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.hostname or parts.scheme not in ("smtp", "smtps") or parts.path.strip("/"):
        raise SettingsError(f"SMTP_URL is no address of a mail server. Write one {EXAMPLE}.")
    return parts, port


def _security(parts: SplitResult) -> Security:
    if parts.scheme == "smtps":
        return "tls"
    if parts.query not in ("", "starttls"):
        raise SettingsError("SMTP_URL takes ?starttls and nothing else after the question mark.")
    return "starttls" if parts.query else "none"


def _this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
