"""What a reviewer reads: the article or a channel's own text, changes since an earlier version, checks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app import content, platforms, seals, sql
from app.content import Revision, Shown
from app.prose import diff
from app.seals import Channel

GAP = re.compile(r"\[write:[^\]<]*\]")


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
class Preview:
    """`caption` is a channel's short text; `body` is sanitised HTML; `changes` replace both when asked for."""

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
    compare: Since | None
    versions: int

    @property
    def channel(self) -> int:
        return next((tab.channel for tab in self.tabs if tab.current), 0)


HIDDEN = "none"


@dataclass(frozen=True, slots=True)
class Known:
    """Which versions a reader may want to compare with: the one they saw last, and the draft as generated.

    `shows`: an edited draft in review shows its changes without being asked.
    """

    looked: int | None
    generated: int | None
    shows: bool

    def asked(self, since: str, current: int) -> int | None:
        """The number of the version to compare with, or None."""
        if since.isdigit():
            number = int(since[:9])
        elif since == HIDDEN or not self.shows:
            return None
        else:
            number = self.usual(current) or 0
        return number if 0 < number < current else None

    def usual(self, current: int) -> int | None:
        """The last look while it is older than the text; else the draft as generated; else the version before."""
        if self.looked and self.looked < current:
            return self.looked
        if self.generated and self.generated < current:
            return self.generated
        return current - 1 or None


EMPTY = Preview((), "", "", "", "", Markup(""), (), (), "", "", None, 0)


async def preview(
    post: int, revision: Revision | None, targets: Sequence[Channel], *, channel: int, since: str, known: Known
) -> Preview:
    """The text as the chosen channel gets it; `since`: a version's number, or "none", or "" for the usual."""
    if revision is None:
        return EMPTY
    chosen = next((t for t in targets if t.id == channel and seals.traits(t).caption), None)
    link = seals.link(revision, targets)
    caption = seals.derive(revision, chosen, link).get("text", "") if chosen else ""
    number = known.asked(since, revision.number)
    older = await _version(post, number) if number else None
    return Preview(
        tabs=_tabs(targets, chosen),
        title=revision.title,
        excerpt=revision.excerpt,
        link=link,
        caption=caption,
        body=_marked(revision.body_html),
        pictures=revision.pictures,
        changes=changes(older, revision, targets) if older else (),
        since=str(number) if older else "",
        since_label=f"version {number}" if older else "",
        compare=_compare(known, revision.number, shown=older is not None),
        versions=revision.number,
    )


def _compare(known: Known, current: int, *, shown: bool) -> Since | None:
    number = known.usual(current)
    if shown:
        return Since(HIDDEN, "Hide the changes")
    if number is None:
        return None
    if number == known.looked:
        return Since(str(number), "Changes since your last look")
    what = "Changes since it was generated" if number == known.generated else f"Changes since version {number}"
    return Since(str(number), what)


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


def _marked(body_html: str) -> Markup:
    """Gaps stand out. The text was sanitised when the revision was stored."""
    return Markup(GAP.sub(r"<mark>\g<0></mark>", body_html))  # noqa: S704


def _tabs(targets: Sequence[Channel], chosen: Channel | None) -> tuple[Tab, ...]:
    captions = [target for target in targets if seals.traits(target).caption]
    article = Tab(0, "A", "Article", chosen is None)
    return (article, *(Tab(t.id, platforms.platform(t.platform).letter, t.name, t is chosen) for t in captions))


async def seen(post: int, who: int, revision: int) -> None:
    """Remember which version this person has read, for "since your last look"."""
    await sql.run(
        "INSERT INTO look (post, person, revision, at) VALUES ($1, $2, $3, now())"
        " ON CONFLICT (post, person) DO UPDATE SET revision = $3, at = now()",
        post, who, revision,
    )  # fmt: skip
