"""Run by hand: `python -m tests.bench.words`. The diff of 2,000 words with 80 edits, beside difflib's on bare words."""

import random
import time
from collections.abc import Callable
from difflib import SequenceMatcher

from app.prose.diff import paragraphs

WORDS, EDITS, PARAGRAPH, ROUNDS = 2_000, 80, 60, 15
BAR = 30.0  # milliseconds


def texts() -> tuple[str, str]:
    """An article of `WORDS` words, and the same with `EDITS` of them changed."""
    dice = random.Random(7)
    old = [dice.choice(("tide", "moon", "harbour", "paper", "coffee", "week", "and", "the")) for _ in range(WORDS)]
    new = list(old)
    for place in dice.sample(range(WORDS), EDITS):
        new[place] = f"edited{place}"
    return joined(old), joined(new)


def joined(words: list[str]) -> str:
    return "\n\n".join(" ".join(words[at : at + PARAGRAPH]) for at in range(0, len(words), PARAGRAPH))


def milliseconds(run: Callable[[], object]) -> float:
    """The best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        best = min(best, (time.perf_counter() - began) * 1000)
    return best


def bench() -> int:
    old, new = texts()
    base = milliseconds(lambda: SequenceMatcher(None, old.split(), new.split(), autojunk=False).get_opcodes())
    ours = milliseconds(lambda: paragraphs(old, new))
    print(f"{'':12}{'ms':>8}{'to difflib':>12}{'bar':>6}")
    print(f"{'difflib':12}{base:>8.1f}{1:>12.2f}")
    print(f"{'paragraphs':12}{ours:>8.1f}{ours / base:>12.2f}{BAR:>6.0f}")
    return 0 if ours <= BAR else 1


if __name__ == "__main__":
    raise SystemExit(bench())
