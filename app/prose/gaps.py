"""Owns the gap mark `[write: …]`: what a draft still lacks. Any storey may call it."""

import re

from app.prose.markdown import shorten

# An unclosed mark counts too: it is a leftover just the same, and approval must see it.
MARK = re.compile(r"\[\s*write\s*:([^\]\r\n]{0,300})", re.IGNORECASE)


def find(text: str) -> tuple[str, ...]:
    """What each open gap of `text` asks for, in order; "something" where the mark is empty."""
    return tuple(found.strip(" …") or "something" for found in MARK.findall(text))


def mark(what: str) -> str:
    """A gap that asks for `what`; brackets and line ends inside would close it early."""
    asked = " ".join(what.translate({ord("["): "(", ord("]"): ")"}).split())
    return f"[write: {shorten(asked, 280) or 'something'}]"
