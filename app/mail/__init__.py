"""Mail to people: which server, what a letter looks like, and what the server said to it. Values in, outcome out."""

from app.mail.letters import Letter, drawn, message, one_line
from app.mail.server import MailServer, mail_server
from app.mail.smtp import Bounced, Deferred, Outcome, Sent, Unsure, knock, send

__all__ = [
    "Bounced",
    "Deferred",
    "Letter",
    "MailServer",
    "Outcome",
    "Sent",
    "Unsure",
    "drawn",
    "knock",
    "mail_server",
    "message",
    "one_line",
    "send",
]
