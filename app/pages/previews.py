"""What a reviewer reads: the article or a channel's own text, changes since an earlier version, checks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from markupsafe import Markup

from app import content, platforms, seals, sql
from app.content import Revision, Shown
from app.lifecycles.facts import PostFacts
from app.lifecycles.statuses import MediaStatus
from app.platforms.contract import Account, Content, Picture
from app.prose import diff
from app.seals import Channel, Sealable

GAP = re.compile(r"\[write:[^\]<]*\]")


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to read the post; channel 0 is the article itself."""

    channel: int
    letter: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """`caption` is a channel's short text; `body` is sanitised HTML; `changes` replace it when asked for."""

    tabs: tuple[Tab, ...]
    title: str
    excerpt: str
    link: str
    caption: str
    body: Markup
    pictures: tuple[Shown, ...]
    changes: tuple[diff.Change, ...]
    since: str
    since_label: str
    can_compare: bool

    @property
    def channel(self) -> int:
        return next((tab.channel for tab in self.tabs if tab.current), 0)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checks box."""

    ok: bool
    text: str


EMPTY = Preview((), "", "", "", "", Markup(""), (), (), "", "", False)


async def preview(
    post: int, revision: Revision | None, targets: Sequence[Channel], *, channel: int, since: str, who: int
) -> Preview:
    """The text as the chosen channel gets it; `since`: "generated" or "look" compares with that version."""
    if revision is None:
        return EMPTY
    chosen = next((t for t in targets if t.id == channel and seals.traits(t).caption), None)
    link = seals.link(revision, targets)
    caption = seals.derive(revision, chosen, link).get("text", "") if chosen else ""
    older = await _older(post, revision, since, who) if since else None
    return Preview(
        tabs=_tabs(targets, chosen),
        title=revision.title,
        excerpt=revision.excerpt,
        link=link,
        caption=caption,
        body=_marked(revision.body_html),
        pictures=revision.pictures,
        changes=tuple(diff.paragraphs(older.body, revision.body)) if older else (),
        since=since if older else "",
        since_label=f"version {older.number}" if older else "",
        can_compare=revision.number > 1,
    )


def _marked(body_html: str) -> Markup:
    """Gaps stand out. The text was sanitised when the revision was stored."""
    return Markup(GAP.sub(r"<mark>\g<0></mark>", body_html))  # noqa: S704


def _tabs(targets: Sequence[Channel], chosen: Channel | None) -> tuple[Tab, ...]:
    captions = [target for target in targets if seals.traits(target).caption]
    article = Tab(0, "A", "Article", chosen is None)
    return (article, *(Tab(t.id, platforms.platform(t.platform).letter, t.name, t is chosen) for t in captions))


async def _older(post: int, revision: Revision, since: str, who: int) -> Revision | None:
    """The version to compare with: as generated, as this person last saw it, or a number of theirs."""
    if since == "look":
        found = await sql.value("SELECT revision FROM look WHERE post = $1 AND person = $2", post, who)
    elif since.isdigit():
        found = await sql.value("SELECT id FROM revision WHERE post = $1 AND number = $2", post, int(since[:9]))
    else:
        found = await sql.value("SELECT generated_revision FROM post WHERE id = $1", post)
    found = found or await sql.value("SELECT id FROM revision WHERE post = $1 ORDER BY number LIMIT 1", post)
    return await content.load(found) if found and found != revision.id else None


def checks(
    facts: PostFacts, revision: Revision | None, targets: Sequence[Channel], what: Sealable | None
) -> tuple[Check, ...]:
    """What stands in the way, and what was looked at."""
    if revision is None or what is None:
        return ()
    return (_gaps(facts), *_pictures(revision), *_channels(targets, what))


def _gaps(facts: PostFacts) -> Check:
    if facts.gaps:
        return Check(False, f"{facts.gaps} {'gap' if facts.gaps == 1 else 'gaps'} to fill: look for [write: …]")
    return Check(True, "No gaps left")


def _pictures(revision: Revision) -> list[Check]:
    if not revision.pictures:
        return [Check(True, "No pictures")]
    bad = [p for p in revision.pictures if p.status == MediaStatus.FAILED]
    mute = [p for p in revision.pictures if not p.alt]
    ready = [p for p in revision.pictures if p.status == MediaStatus.PROCESSED]
    found = [Check(False, f"A picture failed: {picture.error}") for picture in bad]
    found += [Check(False, f"{len(mute)} without alt text")] if mute else []
    everything = len(ready) == len(revision.pictures)
    return [*found, Check(everything, f"{len(ready)} of {len(revision.pictures)} pictures ready")]


def _channels(targets: Sequence[Channel], what: Sealable) -> list[Check]:
    sealed = msgspec.json.decode(what.text)
    found: list[Check] = []
    for target in targets:
        wrong = platforms.platform(target.platform).check(
            _content(sealed, target.id), Account(target.id, target.name, target.settings)
        )
        found += [Check(False, f"{target.name}: {sentence}") for sentence in wrong]
        found += [] if wrong else [Check(True, f"Fits {target.name}")]
    return found


def _content(sealed: dict[str, Any], channel: int) -> Content:
    fields = next(c["fields"] for c in sealed["channels"] if c["channel"] == channel)
    pictures = tuple(Picture(p["sha256"], "", p["alt"], "") for p in sealed["pictures"])
    return Content(
        sealed["title"], sealed["slug"], sealed["excerpt"], sealed["body"], sealed["body_html"], fields, pictures,
        sealed["link"],
    )  # fmt: skip


async def seen(post: int, who: int, revision: int) -> None:
    """Remember which version this person has read, for "since your last look"."""
    await sql.run(
        "INSERT INTO look (post, person, revision, at) VALUES ($1, $2, $3, now())"
        " ON CONFLICT (post, person) DO UPDATE SET revision = $3, at = now()",
        post, who, revision,
    )  # fmt: skip

