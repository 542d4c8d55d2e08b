"""Makers: an account for every platform and class, and a parcel for each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.platforms.contract import Account, Content, Parcel, Picture

from .receiver import Receiver

CONTENT = Content(
    title="Grüße aus dem Garten",
    slug="garten",
    excerpt="A short one.",
    body="# Garden\n\nWords.",
    body_html="<h1>Garden</h1><p>Words.</p>",
    fields={"text": "A caption"},
    pictures=(Picture("ab" * 32, "image/jpeg", "A bed of roses", "https://desk.example.com/media/1.jpg"),),
    link="https://desk.example.com/blog/garten",
)
KINDS = ("site", "webhook", "sandbox-keyed", "sandbox-lookup", "sandbox-blind")
REMOTE = KINDS[1:]


def account(kind: str, receiver: Receiver, **settings: Any) -> Account:
    name, _, plays = kind.partition("-")
    shelf = receiver.shelf
    if name == "webhook":
        settings = {"url": f"{receiver.origin}/hook?token=sesame-in-url", **settings}
        return Account(7, "Our site", settings, {"secret": shelf.secret}, receiver.origin)
    if name == "sandbox":
        settings = {"plays": plays, "schedules": "on", **settings}
        return Account(7, "Rehearsal", settings, {"token": shelf.token}, receiver.origin)
    return Account(7, "Blog", settings, {}, "https://desk.example.com")


def parcel(to: Account, key: str = "key-1", **changes: Any) -> Parcel:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    return replace(Parcel(key, to, CONTENT, due), **changes)
