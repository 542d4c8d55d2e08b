"""Owns where a sentence ends, in any script, without a dictionary. Any storey may call it."""

import re

# A stop, closing quotes, white space, then anything but a lower-case letter; CJK stops need no space.
BREAK = re.compile(r"(?<=[.!?…؟।])[\"'”’»)\]]*(\s+)(?=\S)|(?<=[。！？])[」』”）]*(\s*)(?=\S)")
ABBREVIATION = re.compile(
    r"(?:\b\w|\d|\b(?:dr|mr|mrs|ms|prof|st|nr|no|ca|bzw|vgl|etc|vs|inc|e\.g|i\.e|z\.b|d\.h|u\.a|p\.ex))\.$",
    re.IGNORECASE,
)
STOPS = ".!?…؟।。！？"
CLOSERS = "\"'”’»)]」』）*_"
QUESTION = "?؟？"


def split(text: str) -> tuple[str, ...]:
    """The sentences of one paragraph, each exactly as written, white space between them dropped."""
    pieces: list[str] = []
    begin = 0
    for found in BREAK.finditer(text):
        group = 1 if found.group(1) is not None else 2
        if _ends(text[begin : found.start(group)], text[found.end(group)], spaced=group == 1):
            pieces.append(text[begin : found.start(group)])
            begin = found.end(group)
    pieces.append(text[begin:])
    return tuple(piece.strip() for piece in pieces if piece.strip())


def complete(text: str) -> bool:
    """Whether `text` ends like a sentence."""
    return text.rstrip().rstrip(CLOSERS)[-1:] in tuple(STOPS)


def question(text: str) -> bool:
    """Whether `text` is one question."""
    return text.rstrip().rstrip(CLOSERS)[-1:] in tuple(QUESTION) and len(split(text)) == 1


def _ends(piece: str, following: str, *, spaced: bool) -> bool:
    if following.islower() or (following.isdigit() and spaced and piece.endswith(".")):
        return False
    return not spaced or not ABBREVIATION.search(piece[-12:])
