"""The doctor's look at the mail server: reached, encrypted, signed in to. No letter is sent."""

import asyncio
from collections.abc import Iterator

from app.doctor.finding import Finding, fine, wrong
from app.mail import Sent, knock, mail_server
from app.settings import Settings, SettingsError

PATIENCE = 5.0


def look_at_mail(here: Settings) -> Iterator[Finding]:
    """Nothing to look at while no mail server is set."""
    try:
        server = mail_server(here)
    except SettingsError as error:
        sentence, _, fix = str(error).partition(". ")
        yield wrong(sentence, fix)
        return
    if server is None:
        return
    outcome = asyncio.run(knock(server, seconds=PATIENCE))
    if isinstance(outcome, Sent):
        yield fine(f"The mail server {server.host} takes letters from {server.sender}")
    else:
        yield wrong(f"The mail server cannot be used: {outcome.note}", "correct SMTP_URL, or start that server")
    if not here.public_url:
        yield wrong(f"Links in e-mails lead to {here.origin}", "set PUBLIC_URL to the address people type")
