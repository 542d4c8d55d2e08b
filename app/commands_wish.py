"""What `galley post` asks for: the file's front matter and the options, told apart before the desk hears of it."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import client
from app.client import Desk
from app.commands_desk import moment, number
from app.commands_reach import Misused
from app.manuscript import Manuscript, Unreadable, read

PIPE = "-"
TEXTS = ("title", "slug", "excerpt", "keyword", "angle", "brief")
ADDRESS = ("http://", "https://")
TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
BOTH = "--now goes without --at and --draft"
WHEN = "its front matter says draft: false but not when; give --now or --at, or write `at:` into it"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A picture of the wish: a file read already, or a web address that the desk fetches."""

    data: bytes
    url: str
    alt: str

    async def brought(self, desk: Desk) -> dict[str, str]:
        """What the API takes for it; a file is uploaded for that."""
        if self.url:
            return {"url": self.url, "alt": self.alt}
        return {"asset_id": await client.upload(desk, self.data, self.alt), "alt": self.alt}


@dataclass(frozen=True, slots=True)
class Wish:
    """The fields of the new post by their names in the API; channels as they were named."""

    fields: dict[str, Any]
    channels: list[str]
    pictures: list[Enclosure]


def told(options: argparse.Namespace) -> Wish:
    """All of it, checked as far as that goes without the desk; raises Misused."""
    written = _manuscript(options.file, titled=bool(options.title))
    texts = {name: given for name, given in written.fields.items() if name in TEXTS and given}
    typed = {name: value for name in ("title", "slug", "excerpt") if (value := getattr(options, name))}
    fields = texts | typed | _timing(options, written) | {"body": written.body}
    if campaign := options.campaign or written.fields.get("campaign"):
        fields["campaign_id"] = _read(number, "campaign", campaign)
    channels = options.channel or written.fields.get("channels", [])
    return Wish(fields, channels, _pictures(options, written))


def _timing(options: argparse.Namespace, written: Manuscript) -> dict[str, Any]:
    """A draft unless a time or --now asks for more; the time of a draft is the one it is planned for."""
    if options.now and (options.at or options.draft):
        raise Misused(BOTH)
    if options.now:
        return {"draft": False}
    said = written.fields.get("draft")
    draft = None if said is None else _read(_truth, "draft", said)
    at = options.at or (_read(moment, "at", written.fields["at"]) if written.fields.get("at") else None)
    if options.draft or draft or at is None:
        if draft is False and not options.draft:
            raise Misused(WHEN)
        return {"draft": True, **({"planned_at": at.isoformat()} if at else {})}
    return {"draft": False, "scheduled_at": at.isoformat()}


def _pictures(options: argparse.Namespace, written: Manuscript) -> list[Enclosure]:
    """Those of the options, found from here; else those of the front matter, found from where the file lies."""
    named: list[str] = options.picture or written.fields.get("picture", [])
    alts: list[str] = options.alt or written.fields.get("alt", [])
    if len(alts) > len(named):
        raise Misused(f"there are {len(alts)} texts for {len(named)} pictures")
    beside = Path() if options.picture or options.file == PIPE else Path(options.file).parent
    return [_picture(beside, name, alt) for name, alt in zip(named, alts + [""] * len(named), strict=False)]


def _picture(beside: Path, name: str, alt: str) -> Enclosure:
    if name.lower().startswith(ADDRESS):
        return Enclosure(b"", name, alt)
    return Enclosure(_bytes(beside / name), "", alt)


def _manuscript(name: str, *, titled: bool) -> Manuscript:
    try:
        return read(sys.stdin.buffer.read() if name == PIPE else _bytes(Path(name)), titled=titled)
    except Unreadable as wrong:
        raise Misused(f"{'standard input' if name == PIPE else name}: {wrong}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}") from None


def _read(reader: Callable[[str], Any], name: str, value: Any) -> Any:
    """A value of the front matter by the rules of the options."""
    try:
        return reader(str(value))
    except argparse.ArgumentTypeError as wrong:
        raise Misused(f"{name}: {wrong}") from None


def _truth(word: str) -> bool:
    if word.lower() not in TRUTHS:
        raise argparse.ArgumentTypeError(f"{word!r} is neither true nor false")
    return TRUTHS[word.lower()]
