"""The comments of a post as its page shows them: threads, what this reader may do to each, the form. Read-only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, uuid5

from markupsafe import Markup, escape

from app.content import Revision
from app.flow.links import BARE
from app.lifecycles.facts import PostFacts
from app.lifecycles.post import REVIEW
from app.pages.beside import Beside, Said
from app.pages.cards import by_person
from app.pages.previews import Paragraph
from app.pages.render import initials
from app.prose import markdown, mentions
from app.sessions import Who
from app.times import moment

QUOTE = 120  # characters of a paragraph that stand for it


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed that was not kept, where, and why not. `parent`: a reply; `comment`: a change of one."""

    body: str = ""
    error: str = ""
    parent: int = 0
    comment: int = 0


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `mine`: its reader may delete it; `fresh`: and change it still."""

    id: int
    by: str
    initials: str
    when: str
    iso: str
    body: Markup
    raw: str
    asks: bool
    edited: bool
    deleted: bool
    mine: bool
    fresh: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with its replies. `paragraph` is where it stands now, 0 for nowhere; `since` says what became of it."""

    first: Comment
    replies: tuple[Comment, ...]
    quote: str
    paragraph: int
    since: str
    resolved: str

    @property
    def stands(self) -> bool:
        """Something of it is left to answer or settle."""
        return not self.first.deleted or any(not reply.deleted for reply in self.replies)


@dataclass(frozen=True, slots=True)
class Threads:
    """The comments box. `quote` is the paragraph that a new comment is about; `token` makes its form one form."""

    open: tuple[Thread, ...] = ()
    settled: tuple[Thread, ...] = ()
    older: int = 0
    names: tuple[str, ...] = ()
    writes: bool = False
    paragraph: int = 0
    quote: str = ""
    revision: int = 0
    token: str = ""
    typed: Typed = field(default_factory=Typed)
    request: str = ""

    @property
    def count(self) -> int:
        """How many wait for an answer."""
        return sum(thread.stands for thread in self.open)

    def at(self, paragraph: int) -> tuple[Thread, ...]:
        """The open threads about one paragraph."""
        return tuple(thread for thread in self.open if thread.paragraph == paragraph and thread.stands)


def threads(
    known: Beside, facts: PostFacts, revision: Revision | None, paragraphs: Sequence[Paragraph], who: Who,
    *, paragraph: int = 0, typed: Typed | None = None,
) -> Threads:  # fmt: skip
    """Open ones oldest first, settled ones apart."""
    places = {one.text: one.number for one in reversed(paragraphs) if one.text}
    found = [_thread(one, known, places, revision, facts, who) for one in known.comments if one.parent is None]
    here = 0 < paragraph <= len(paragraphs)
    return Threads(
        open=tuple(thread for thread in found if not thread.resolved),
        settled=tuple(thread for thread in found if thread.resolved),
        older=known.threads - len(found),
        names=known.people,
        writes=by_person(who).reaches("writer"),
        paragraph=paragraph if here else 0,
        quote=_short(paragraphs[paragraph - 1].text) if here else "",
        revision=revision.id if revision else 0,
        token=_token(known, who),
        typed=_landed(typed, found),
        request=_request(known.comments, revision) if facts.status in REVIEW else "",
    )


def _landed(typed: Typed | None, found: Sequence[Thread]) -> Typed:
    """Where what was typed stands again: in its own field, or in the one below when that is gone."""
    if typed is None:
        return Typed()
    open_threads = {thread.first.id for thread in found if not thread.resolved and thread.stands}
    fresh = {one.id for thread in found for one in (thread.first, *thread.replies) if one.fresh}
    if (typed.parent and typed.parent not in open_threads) or (typed.comment and typed.comment not in fresh):
        return Typed(typed.body, typed.error)
    return typed


def _thread(
    said: Said, known: Beside, places: dict[str, int], revision: Revision | None, facts: PostFacts, who: Who
) -> Thread:
    paragraph = places.get(said.anchor or "", 0)
    gone = f"on version {said.number}, since changed" if said.anchor and not paragraph else ""
    when = f"{said.resolved_by}, {moment(said.resolved_at, who.zone, facts.today)}" if said.resolved_at else ""
    return Thread(
        first=_comment(said, facts, who),
        replies=tuple(_comment(one, facts, who) for one in known.comments if one.parent == said.id),
        quote=_short(said.anchor or ""),
        paragraph=paragraph,
        since=gone,
        resolved=when,
    )


def _comment(said: Said, facts: PostFacts, who: Who) -> Comment:
    mine = said.person == who.id and not said.deleted
    return Comment(
        id=said.id,
        by=f"{said.by} (guest)" if said.guest else said.by,
        initials=initials(said.by),
        when=moment(said.created_at, who.zone, facts.today),
        iso=said.created_at.isoformat(),
        body=shown(said.body, said.named or ()),
        raw=said.body if mine else "",
        asks=said.kind == "request",
        edited=said.edited,
        deleted=said.deleted,
        mine=mine,
        fresh=mine and said.fresh,
    )


def _request(comments: Sequence[Said], revision: Revision | None) -> str:
    """What the newest open request says, until the text is edited."""
    asked = [
        one for one in comments
        if one.kind == "request" and not one.deleted and not one.resolved_at and revision
        and one.revision == revision.id
    ]  # fmt: skip
    return f"{asked[-1].by} asked for changes: {asked[-1].body}" if asked else ""


def _token(known: Beside, who: Who) -> str:
    """The same until something new is said, so that a page and its partial are the same text."""
    newest = known.comments[-1].id if known.comments else 0
    return str(uuid5(NAMESPACE_OID, f"galley comment {known.post} {who.id} {newest}"))


def _short(text: str) -> str:
    return markdown.shorten(text, QUOTE)


def shown(body: str, names: Sequence[str]) -> Markup:
    """Plain words with whom they name and the web addresses in them; everything else is escaped."""
    people = mentions.callable_by({name: name for name in names})
    return Markup("").join(_pieces(body, people))


def _pieces(body: str, people: dict[str, str]) -> Iterator[Markup]:
    for piece, who in mentions.split(body, people):
        if who is None:
            yield from _linked(piece)
        else:
            yield Markup('<b class="at">{}</b>').format(piece)


def _linked(words: str) -> Iterator[Markup]:
    at = 0
    for found in BARE.finditer(words):
        url = found[0].rstrip(".,;:!?")
        yield escape(words[at : found.start()])
        yield Markup('<a class="lnk" href="{}" rel="nofollow noopener noreferrer">{}</a>').format(url, url)
        at = found.start() + len(url)
    yield escape(words[at:])
