"""What an outline may arrange: a brief's words sorted by the part they can play. For the outline writer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.prose import markdown, sentences
from app.writers.contract import Brief
from app.writers.labels import role
from app.writers.reading import Block, blocks, storable

LONG_PARAGRAPH = 60  # words; of a longer one only the first two sentences open the draft
FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the Markdown blocks under it; none when the brief gave only the heading."""

    heading: str
    blocks: tuple[str, ...]
    asks: bool = False  # the heading is a question


@dataclass(frozen=True, slots=True)
class Material:
    """All an outline can name. Every text is the team's own, as Markdown blocks; lists are tuples of them."""

    title: str
    keyword: str
    angle: str
    campaign: str
    team: str
    opening: tuple[str, ...]  # paragraphs that open the draft: the angle, the brief's first sentences
    details: tuple[str, ...]  # what else stands before the brief's first heading
    points: tuple[str, ...]  # lists before the first heading
    sections: tuple[Section, ...]  # the brief's headings and questions, with what follows each
    sentences: tuple[str, ...]  # every sentence in reading order, as plain text
    quotes: tuple[str, ...]  # every quotation, also found in its section
    figures: tuple[str, ...]  # every sentence that holds a number
    links: tuple[str, ...]  # addresses that stood alone
    closing: tuple[str, ...]  # what the brief labelled as its call to action
    notes: tuple[str, ...]  # what the brief told the writer and not the reader: "Audience: …"


def gather(brief: Brief) -> Material:
    """Sort the words of `brief`; a campaign's brief is read when the post has none of its own."""
    preface, headed = _divided(blocks(brief.brief if brief.brief.strip() else brief.campaign_brief))
    told = [block for heading, under in headed if role(heading) for block in under]
    kept = [(heading, under) for heading, under in headed if not role(heading)]
    text = [*preface, *(block for _, under in kept for block in under)]
    angle = storable(brief.angle).strip()
    opening, rest = _opened(angle, [block for block in preface if block.kind in ("text", "quote", "verbatim")])
    return Material(
        title=_line(brief.title) or _line(brief.keyword) or _line(brief.campaign),
        keyword=_line(brief.keyword),
        angle=angle,
        campaign=_line(brief.campaign),
        team=_line(brief.team),
        opening=opening,
        details=rest,
        points=_texts(preface, "list"),
        sections=tuple(_section(heading, under) for heading, under in kept),
        sentences=_sentences(opening, _said(preface, kept)),
        quotes=_texts(text, "quote"),
        figures=tuple(line for line in _sentences((), text) if FIGURE.search(line)),
        links=tuple(_linked(link) for link in dict.fromkeys(_texts([*text, *told], "link"))),
        closing=_closing(text, headed),
        notes=_notes(angle, opening, text, headed),
    )


def speakable(text: str) -> bool:
    """Whether an angle reads as words for the reader ("Weigh it, never scoop it.") and not as an instruction."""
    return sentences.complete(text) and (len(text.split()) >= 4 or len(text) >= 24)


def _section(heading: str, under: Iterable[Block]) -> Section:
    return Section(heading, _texts(under, "text", "list", "quote", "verbatim"), sentences.question(heading))


def _said(preface: list[Block], headed: list[tuple[str, list[Block]]]) -> list[Block]:
    """What excerpts and captions may draw on: an answer says little without its question."""
    return [*preface, *(block for heading, under in headed if not sentences.question(heading) for block in under)]


def _sentences(opening: tuple[str, ...], text: Iterable[Block]) -> tuple[str, ...]:
    """Of the paragraphs; of the lists when there is no paragraph."""
    told = [*opening, *_texts(text, "text")] or [row for rows in _texts(text, "list") for row in rows.split("\n")]
    plain = (markdown.plain(sentence, len(sentence)) for part in told for sentence in sentences.split(part))
    return tuple(dict.fromkeys(filter(None, plain)))


def _divided(found: tuple[Block, ...]) -> tuple[list[Block], list[tuple[str, list[Block]]]]:
    """The blocks before the first heading, then each heading with its own."""
    preface: list[Block] = []
    headed: list[tuple[str, list[Block]]] = []
    for block in found:
        if block.kind == "heading":
            headed.append((block.text, []))
        else:
            (headed[-1][1] if headed else preface).append(block)
    return preface, headed


def _opened(angle: str, preface: list[Block]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paragraphs that open the draft, and what is left of the preface."""
    texts = [block.text for block in preface]
    said = bool(texts) and _line(angle) in _line(texts[0])
    hook = (angle,) if speakable(angle) and not said else ()
    if not preface or preface[0].kind != "text":
        return hook, tuple(texts)
    first, rest = _parted(texts[0])
    return (*hook, first), tuple(text for text in (rest, *texts[1:]) if text)


def _parted(paragraph: str) -> tuple[str, str]:
    if len(paragraph.split()) <= LONG_PARAGRAPH:
        return paragraph, ""
    lines = sentences.split(paragraph)
    return " ".join(lines[:2]), " ".join(lines[2:])


def _closing(text: Iterable[Block], headed: list[tuple[str, list[Block]]]) -> tuple[str, ...]:
    labelled = _texts(text, "closing")
    under = [block for heading, found in headed if role(heading) == "closing" for block in found]
    return (*labelled, *_texts(under, "text", "list", "quote", "verbatim", "closing"))


def _notes(
    angle: str, opening: tuple[str, ...], text: Iterable[Block], headed: list[tuple[str, list[Block]]]
) -> tuple[str, ...]:
    unsaid = [angle] if angle and not any(_line(angle) in _line(part) for part in opening) else []
    labelled = [f"{block.label}: {_line(block.text)}" for block in text if block.kind == "note"]
    under = [
        f"{heading}: {_line(' '.join(block.text for block in found))}"
        for heading, found in headed
        if role(heading) == "note" and found
    ]
    return (*map(_line, unsaid), *labelled, *under)


def _texts(found: Iterable[Block], *kinds: str) -> tuple[str, ...]:
    return tuple(block.text for block in found if block.kind in kinds)


def _linked(address: str) -> str:
    return f"<{address}>" if address.startswith("http") else address


def _line(text: str) -> str:
    return " ".join(storable(text).split())
