"""Whether each channel would take what a post says, by its platform's own check. For forecast and checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from app import content, platforms, seals, sql
from app.platforms.contract import Account, Content, Picture
from app.seals import Channel
from app.settings import settings

KEPT = 5_000  # answers; about 1 MB


@dataclass(frozen=True, slots=True)
class Words:
    """Where a post's text stands: in its valid seal, else in its current revision; and which channels it is for."""

    post: int
    seal: int | None
    revision: int | None
    targets: tuple[Channel, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """Seals and revisions never change, so their answers hold until an account is set up otherwise."""
        source = ("seal", self.seal) if self.seal else ("revision", self.revision)
        return (*source, *((target.id, target.name, repr(target.settings)) for target in self.targets))


@dataclass(frozen=True, slots=True)
class Misfit:
    """One sentence of what a channel would refuse."""

    channel: int
    name: str
    sentence: str


class _Picture(msgspec.Struct):
    sha256: str
    alt: str


class _Fields(msgspec.Struct):
    channel: int
    fields: dict[str, str]


class _Sealed(msgspec.Struct):
    """Canonical text. What another version sealed may lack a part; that is no reason to say nothing."""

    title: str = ""
    slug: str = ""
    excerpt: str = ""
    body: str = ""
    body_html: str = ""
    link: str = ""
    pictures: tuple[_Picture, ...] = ()
    channels: tuple[_Fields, ...] = ()


_known: dict[tuple[Any, ...], tuple[Misfit, ...]] = {}


async def misfits(posts: Sequence[Words]) -> dict[int, tuple[Misfit, ...]]:
    """What would be refused, by post; at most two queries, and none for texts that were looked at before."""
    written = [words for words in posts if words.seal or words.revision]
    new = [words for words in written if words.key not in _known]
    texts = await _texts(new) if new else {}
    found = {words.key: judged(texts[words.post], words.targets) for words in new if words.post in texts}
    answers = {words.post: found.get(words.key) or _known.get(words.key, ()) for words in written}
    if len(_known) + len(found) > KEPT:
        _known.clear()
    _known.update(found)
    return answers


async def _texts(posts: Sequence[Words]) -> dict[int, str]:
    """The canonical text of each post: as it was sealed, or as sealing it now would have it."""
    sealed = [words.seal for words in posts if words.seal]
    drafts = {words.revision: words for words in posts if words.revision and not words.seal}
    stored = await sql.rows("SELECT post, content FROM seal WHERE id = ANY($1::bigint[])", sealed) if sealed else []
    revisions = await content.many([*drafts]) if drafts else {}
    texts: dict[int, str] = {record["post"]: record["content"] for record in stored}
    for id, revision in revisions.items():
        texts[drafts[id].post] = seals.canonical(drafts[id].post, revision, drafts[id].targets).text
    return texts


def judged(text: str, targets: Sequence[Channel]) -> tuple[Misfit, ...]:
    """What the platforms of `targets` would refuse of a canonical text."""
    sealed = msgspec.json.decode(text, type=_Sealed)
    return tuple(misfit for target in targets for misfit in _refused(sealed, target))


def _refused(sealed: _Sealed, target: Channel) -> list[Misfit]:
    account = Account(target.id, target.name, target.settings, origin=settings().origin)
    wrong = platforms.platform(target.platform).check(_content(sealed, target.id), account)
    return [Misfit(target.id, target.name, sentence) for sentence in wrong]


def _content(sealed: _Sealed, channel: int) -> Content:
    own: Mapping[str, str] = next((found.fields for found in sealed.channels if found.channel == channel), {})
    pictures = tuple(Picture(picture.sha256, "", picture.alt, "") for picture in sealed.pictures)
    words = (sealed.title, sealed.slug, sealed.excerpt, sealed.body, sealed.body_html)
    return Content(*words, own, pictures, sealed.link)
