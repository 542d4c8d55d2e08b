"""Markdown becomes HTML that cannot run, style, steer or fetch anything; and reads well."""

import re
import time
from html.parser import HTMLParser

import nh3
import pytest

from app.prose import markdown
from tests.prose.vectors import vectors

UUID = "12345678-90ab-cdef-1234-567890abcdef"
NONE: set[str] = set()
KNOWN = {
    "a": {"href", "rel"}, "img": {"src", "alt"}, "ol": {"start"}, "td": {"class"}, "th": {"class"},
    **dict.fromkeys(("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "ul", "li"), NONE),
    **dict.fromkeys(("em", "strong", "s", "table", "thead", "tbody", "tr"), NONE),
}  # fmt: skip
SAFE_URL = re.compile(r"https?://[^\s]*|mailto:[^\s]*", re.IGNORECASE)


class Reader(HTMLParser):
    """Everything a browser would take for an element."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.other: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def faults(html: str) -> list[str]:
    read = Reader(html)
    wrong = [f"markup {text}" for text in read.other]
    for tag, attributes in read.found:
        wrong += [f"<{tag} {name}>" for name in attributes if name not in KNOWN.get(tag, set())]
        wrong += [] if tag in KNOWN else [f"<{tag}>"]
        urls = [attributes[name] or "" for name in ("href", "src") if name in attributes]
        wrong += [url for url in urls if not SAFE_URL.fullmatch(url) and not markdown.MEDIA.fullmatch(url)]
    return wrong


def test_there_are_hundreds_of_vectors() -> None:
    assert len(list(vectors())) >= 500


@pytest.mark.parametrize("text", list(vectors()))
def test_nothing_hostile_survives(text: str) -> None:
    html = markdown.render(text)
    assert faults(html) == []
    assert nh3.clean(html, tags=markdown.TAGS, attributes=_attributes(), link_rel=None) == html


def _attributes() -> dict[str, set[str]]:
    return {tag: names for tag, names in KNOWN.items() if names}


def test_the_reader_would_notice() -> None:
    assert faults("<p onclick=x>")
    assert faults("<script>1</script>")
    assert faults('<a href="&#106;avascript:1">x</a>')
    assert faults('<a href="\u00a0javascript:1">x</a>')
    assert faults('<img src="/media/../x">')
    assert faults("<p style=x>") and faults("<p hx-get=/x>") and faults("<!-- x -->")


def test_all_vectors_are_rendered_in_time() -> None:
    began = time.perf_counter()
    for text in vectors():
        markdown.render(text)
    assert time.perf_counter() - began < 60


def test_our_own_media_survive_and_other_relative_addresses_do_not() -> None:
    assert f'<img src="/media/{UUID}" alt="A jar">' in markdown.render(f"![A jar](/media/{UUID})")
    assert "src" not in markdown.render("![A jar](/static/x.png)")
    assert "href" not in markdown.render("[x](/settings)")


def test_links_say_they_are_not_ours() -> None:
    html = markdown.render("[x](https://a.example) <mailto:a@b.example>")
    assert html.count('rel="nofollow noopener"') == 2


def test_alignment_is_a_class_and_never_a_style() -> None:
    html = markdown.render("| a | b | c | d |\n|:-|:-:|-:|-|\n| 1 | 2 | 3 | 4 |")
    assert "style" not in html
    assert '<td class="align-start">1</td>' in html and '<td class="align-center">2</td>' in html
    assert '<th class="align-end">c</th>' in html and "<td>4</td>" in html


def test_the_pages_one_h1_stays_the_title() -> None:
    assert markdown.render("# One\n\nTwo\n===") == "<h2>One</h2>\n<h2>Two</h2>\n"


def test_what_people_write_is_rendered() -> None:
    html = markdown.render("~~old~~ **new**\n\n3. three\n4. four\n\n> said\n\n`code` and\n\n```py\nx < 1\n```\n\n---")
    assert "<s>old</s> <strong>new</strong>" in html and '<ol start="3">' in html
    assert "<blockquote>" in html and "<code>code</code>" in html and "x &lt; 1" in html and "<hr>" in html


def test_html_is_shown_as_typed() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in markdown.render("<b>bold</b>")


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "*a_ " * 20_000, "![" * 30_000, "> " * 20_000, "`" + "``" * 20_000, "<a" * 30_000, "&" * 50_000,
     "|" * 20_000 + "\n" + "|-" * 10_000, "[a](b" * 15_000, "\\" * 60_000, "[write:" * 30_000],
)  # fmt: skip
def test_hostile_bodies_are_rendered_in_time(text: str) -> None:
    began = time.perf_counter()
    markdown.render(text)
    assert time.perf_counter() - began < 30


def test_words_are_counted_as_readers_count_them() -> None:
    assert markdown.words("") == 0
    assert markdown.words("# It's *one* [two](https://three.example) — half-open.") == 4
    assert markdown.words("日本語 text") == 4
    assert markdown.words("| a | b |\n|---|---|\n| c | d |") == 4


def test_plain_text_has_no_markup_and_is_cut_between_words() -> None:
    text = "# Title\n\nHello **big** [world](https://x.example), and `more`.\n\n- one\n- two"
    assert markdown.plain(text, 500) == "Title Hello big world, and more. one two"
    assert markdown.plain(text, 22) == "Title Hello big…"
    assert markdown.plain("x" * 50, 10) == "x" * 9 + "…"
    assert all(len(markdown.plain(text, limit)) <= limit for limit in range(60))
