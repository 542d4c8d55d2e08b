"""Words somebody searches for: as PostgreSQL's query, and marked where they stand. For the posts list and its files."""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

# What parts words; the same signs as in search_words() of the database.
SIGNS = str.maketrans(dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", " "))
BEFORE, AFTER = 50, 130  # characters around the first hit in a body


@dataclass(frozen=True, slots=True)
class Search:
    """`sql` is a complete tsquery for any place of a statement: every sign that could end the literal is gone."""

    sql: str
    pattern: re.Pattern[str]

    def marked(self, text: str) -> Markup:
        """The text as HTML with every hit in <mark>; a text without one as it is."""
        parts: list[Markup] = []
        end = 0
        for hit in self.pattern.finditer(text):
            parts += [escape(text[end : hit.start()]), Markup("<mark>{}</mark>").format(hit[0])]
            end = hit.end()
        return Markup("").join([*parts, escape(text[end:])])

    def excerpt(self, text: str) -> Markup:
        """The line around the first hit, or nothing."""
        hit = self.pattern.search(text)
        if hit is None:
            return Markup("")
        start = text.rfind(" ", 0, max(hit.start() - BEFORE, 0)) + 1 if hit.start() > BEFORE else 0
        piece = text[start : hit.start() + AFTER]
        cut = piece.rsplit(" ", 1)[0] if start + len(piece) < len(text) and " " in piece[AFTER // 2 :] else piece
        line = self.marked(" ".join(cut.split()))
        return Markup("{}{}{}").format("…" if start else "", line, "…" if start + len(cut) < len(text) else "")


def search(words: str) -> Search | None:
    """All of the words, the last one perhaps only begun; None when there is no word among them."""
    terms = words.lower().translate(SIGNS).split()
    if not terms:
        return None
    query = " & ".join(f"''{term}''" for term in terms)
    any_of = [*(re.escape(term) + r"(?![^\W_])" for term in terms[:-1]), re.escape(terms[-1]) + r"[^\W_]*"]
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(any_of)})", re.IGNORECASE)
    return Search(f"to_tsquery('simple', '{query}:*')", pattern)
