"""What a reviewer reads: the article or a channel's own text, changes since an earlier version, checks."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app import content, platforms, seals, sql
from app.content import Revision, Shown
from app.prose import diff
from app.prose.blocks import blocks
from app.seals import Channel

GAP = re.compile(r"\[write:[^\]<]{0,300}\]")  # bounded: unclosed ones would each be read to the end


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to read the post; channel 0 is the article itself."""

    channel: int
    letter: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class Since:
    """A link that shows, or hides, what changed; `query` is its ?since=."""

    query: str
    label: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One block of the article, counted from 1, with its words for whoever comments on it."""

    number: int
    html: Markup
    text: str


@dataclass(frozen=True, slots=True)
class Caption:
    """A channel's short text as it is sent: how long it is, what it may be, and the card its link becomes there."""

    room: str
    over: bool
    edit: str
    host: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`caption` is a channel's short text, as `sent`; `body` is sanitised HTML, and the same by `paragraphs`.

    `changes` replace both when asked for; `others` are the versions one may compare with.
    """

    tabs: tuple[Tab, ...]
    title: str
    excerpt: str
    link: str
    caption: str
    sent: Caption | None
    body: Markup
    paragraphs: tuple[Paragraph, ...]
    pictures: tuple[Shown, ...]
    changes: tuple[diff.Change, ...]
    since: str
    since_label: str
    counted: str
    compare: Since | None
    others: tuple[Since, ...]
    versions: int

    @property
    def channel(self) -> int:
        return next((tab.channel for tab in self.tabs if tab.current), 0)


HIDDEN = "none"


@dataclass(frozen=True, slots=True)
class Known:
    """Which versions a reader may want to compare with: the one they approved or saw last, and the draft as generated.

    `shows`: an edited draft in review shows its changes without being asked.
    """

    looked: int | None
    generated: int | None
    shows: bool
    approved: int | None = None

    def asked(self, since: str, current: int) -> int | None:
        """The number of the version to compare with, or None."""
        if since.isdecimal():
            number = int(since[:9])
        elif since == HIDDEN or not self.shows:
            return None
        else:
            number = self.usual(current) or 0
        return number if 0 < number < current else None

    def usual(self, current: int) -> int | None:
        """One's last approval or look while it is older than the text; else the draft; else the version before."""
        older = (number for number in (self.approved, self.looked, self.generated) if number and number < current)
        return next(older, current - 1 or None)

    def named(self, number: int) -> str:
        """What a version is to its reader, where it is anything."""
        told = {self.generated: "the draft", self.looked: "your last look", self.approved: "your last approval"}
        return told.get(number, "")


EMPTY = Preview((), "", "", "", "", None, Markup(""), (), (), (), "", "", "", None, (), 0)
OTHERS = 30  # versions offered beside the text; all of them are on the page of versions


async def preview(
    post: int, revision: Revision | None, targets: Sequence[Channel], *, channel: int, since: str, known: Known
) -> Preview:
    """The text as the chosen channel gets it; `since`: a version's number, or "none", or "" for the usual."""
    if revision is None:
        return EMPTY
    chosen = next((t for t in targets if t.id == channel and seals.traits(t).caption), None)
    number = known.asked(since, revision.number)
    older = await _version(post, number) if number else None
    return _shown(post, revision, targets, chosen, older, known)


def _shown(
    post: int, revision: Revision, targets: Sequence[Channel], chosen: Channel | None, older: Revision | None,
    known: Known,
) -> Preview:  # fmt: skip
    link, paragraphs = seals.link(revision, targets), _marked(revision.body_html)
    caption = seals.derive(revision, chosen, link).get("text", "") if chosen else ""
    different = changes(older, revision, targets) if older else ()
    return Preview(
        tabs=_tabs(targets, chosen),
        title=revision.title,
        excerpt=revision.excerpt,
        link=link,
        caption=caption,
        sent=_caption(post, caption, chosen, link) if chosen else None,
        body=Markup("\n").join(paragraph.html for paragraph in paragraphs),
        paragraphs=paragraphs,
        pictures=revision.pictures,
        changes=different,
        since=str(older.number) if older else "",
        since_label=f"version {older.number}" if older else "",
        counted=counted(different),
        compare=_compare(known, revision.number, shown=older is not None),
        others=_others(known, revision.number),
        versions=revision.number,
    )


def _caption(post: int, text: str, channel: Channel, link: str) -> Caption:
    limit = seals.traits(channel).caption_limit
    room = f"{len(text):,} of {limit:,} characters" if limit else f"{len(text):,} characters"
    host = link.split("/")[2] if link and link in text else ""
    return Caption(room, bool(limit and len(text) > limit), f"/posts/{post}/edit#caption-{channel.id}", host)


def _compare(known: Known, current: int, *, shown: bool) -> Since | None:
    number = known.usual(current)
    if shown:
        return Since(HIDDEN, "Hide the changes")
    if number is None:
        return None
    told = {known.generated: "it was generated", known.looked: "your last look", known.approved: "your last approval"}
    return Since(str(number), f"Changes since {told.get(number, f'version {number}')}")


def _others(known: Known, current: int) -> tuple[Since, ...]:
    """Every older version, the newest first."""
    numbers = range(current - 1, max(current - 1 - OTHERS, 0), -1)
    return tuple(Since(str(n), " · ".join(filter(None, (f"Since version {n}", known.named(n))))) for n in numbers)


async def _version(post: int, number: int) -> Revision | None:
    found = await sql.value("SELECT id FROM revision WHERE post = $1 AND number = $2", post, number)
    return await content.load(found) if found else None


def changes(older: Revision, newer: Revision, targets: Sequence[Channel]) -> tuple[diff.Change, ...]:
    """Everything a reader can see that differs, in reading order."""
    return tuple(diff.paragraphs(whole(older, targets), whole(newer, targets)))


def whole(text: Revision, targets: Sequence[Channel]) -> str:
    """Title, excerpt, body, captions and pictures as one text, so that nothing that changed stays unseen."""
    names = {target.id: target.name for target in targets}
    captions = [
        f"{names.get(channel, 'Another channel')}: {words}"
        for channel, fields in sorted(text.renditions.items())
        for words in fields.values()
        if words
    ]
    pictures = [f"Picture {picture.media}: {picture.alt or 'no alt text'}" for picture in text.pictures]
    return "\n\n".join(part for part in (text.title, text.excerpt, text.body, *captions, *pictures) if part)


def counted(changes: Sequence[diff.Change]) -> str:
    """How much differs: 2 changed, 1 added."""
    often = Counter(change.kind for change in changes)
    told = [f"{often[kind]} {kind}" for kind in ("changed", "added", "removed") if often[kind]]
    return ", ".join(told) or "nothing differs"


def _marked(body_html: str) -> tuple[Paragraph, ...]:
    """Block by block, and gaps stand out. The text was sanitised when the revision was stored."""
    return tuple(
        Paragraph(number, Markup(GAP.sub(r"<mark>\g<0></mark>", block.html)), block.text)  # noqa: S704
        for number, block in enumerate(blocks(body_html), start=1)
    )


def _tabs(targets: Sequence[Channel], chosen: Channel | None) -> tuple[Tab, ...]:
    captions = [target for target in targets if seals.traits(target).caption]
    article = Tab(0, "A", "Article", chosen is None)
    return (article, *(Tab(t.id, platforms.letter(t.platform, t.name), t.name, t is chosen) for t in captions))
