"""Owns Markdown: the only code that turns a body into HTML, always sanitised. Any storey may call it."""

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MEDIA = re.compile(r"/media/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ALIGNED = {"left": "align-start", "center": "align-center", "right": "align-end"}
TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "ul", "ol", "li"),
    *("a", "img", "em", "strong", "s", "table", "thead", "tbody", "tr", "th", "td"),
}
# Ideographs and kana are counted one by one: their scripts put no spaces between words.
CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{CJK}]|(?:(?![{CJK}])[\w'\u2019-])+")
BLOCKS = {"paragraph_close", "heading_close", "td_close", "th_close", "fence", "code_block"}


def _demote_titles(state: StateCore) -> None:
    """The page's one h1 is the post's title, so a body's `# heading` becomes an h2."""
    for token in state.tokens:
        if token.tag == "h1":
            token.tag = "h2"


def _class_alignment(state: StateCore) -> None:
    """A table's alignment leaves as a class: the content security policy forbids style attributes."""
    for token in state.tokens:
        style = str(token.attrs.pop("style", "")) if token.type in ("td_open", "th_open") else ""
        if style:
            token.attrs["class"] = ALIGNED.get(style.removeprefix("text-align:"), "align-start")


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("demote_titles", _demote_titles)
    parser.core.ruler.push("class_alignment", _class_alignment)
    return parser


def _own_media(url: str) -> str | None:
    """Relative addresses are denied, save our own media: sanitisers read `NBSP javascript:` as relative."""
    return url if MEDIA.fullmatch(url) else None


PARSER = _parser()
CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"*": set(), "a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}},
    allowed_classes={"td": set(ALIGNED.values()), "th": set(ALIGNED.values())},
    url_schemes={"http", "https", "mailto"},
    url_relative=_own_media,
    link_rel="nofollow noopener",
)


def render(text: str) -> str:
    """`text` as HTML that is safe to send and to mark safe in a template."""
    return CLEANER.clean(PARSER.render(text))


def words(text: str) -> int:
    """How many words a reader meets in `text`, markup not counted."""
    return sum(1 for found in WORD.finditer(_flat(text)) if any(c.isalnum() for c in found.group()))


def plain(text: str, limit: int) -> str:
    """The words of `text` on one line, at most `limit` characters, cut between words with an ellipsis."""
    return shorten(_flat(text), limit)


def shorten(line: str, limit: int) -> str:
    """`line` in at most `limit` characters, cut between words where it has to be."""
    if len(line) <= limit:
        return line
    if limit < 2:
        return "…"[:limit]
    head, space, _ = line[:limit].rpartition(" ")
    kept = head if space and len(head) * 2 >= limit else line[: limit - 1]
    return kept.rstrip(" ,;:\u2013\u2014-") + "…"


def _flat(text: str) -> str:
    env: MutableMapping[str, Any] = {}
    return " ".join("".join(_spoken(PARSER.parse(text, env))).split())


def _spoken(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children is not None:
            yield from _spoken(token.children)
        if token.type in ("text", "code_inline", "fence", "code_block"):
            yield token.content
        if token.type in ("softbreak", "hardbreak") or token.type in BLOCKS:
            yield " "
