"""Passwords: argon2id in two threads at most, and what makes one too easy. Called by accounts only."""

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 128
HASHER = PasswordHasher(memory_cost=47104, time_cost=1, parallelism=1)
# Verified when nobody has the e-mail, so that known and unknown people take the same time.
DECOY = "$argon2id$v=19$m=47104,t=1,p=1$9Md40pjRKIP8zUjjubjZcA$W4TMVgGjRdbNd8ySaD/WGmPLUWt271I+a1ZJMopGLvI"
PRODUCT_WORDS = ("galley", "publish", "calendar", "campaign", "password", "passwort", "admin", "editor")
COMMON = Path(__file__).with_name("common_passwords.txt")
# Each hash takes 46 MiB: two at once bound the memory that a burst of sign-ins can claim.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


async def hashed(password: str) -> str:
    """The PHC string to store for `password`."""
    return await asyncio.get_running_loop().run_in_executor(_threads, HASHER.hash, _normal(password))


async def matches(stored: str | None, password: str) -> bool:
    """Whether `password` belongs to `stored`; without a stored one the same work is done for nothing."""
    right = await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored or DECOY, password)
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Whether `stored` was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def complaint(password: str, about: Iterable[str] = ()) -> str | None:
    """Why `password` is refused, as a sentence; `about` are words an attacker would try."""
    text = _normal(password)
    if len(text) < SHORTEST:
        return f"Use at least {SHORTEST} characters; a few words in a row are fine."
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if _easy(text.lower(), {word for phrase in about for word in _words(phrase)}):
        return "This password is easy to guess. Use a few unrelated words."
    return None


def _verify(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _easy(text: str, words: set[str]) -> bool:
    """Common as typed, by its core, or by the unit it repeats; or made of known words and little else."""
    unit = _unit(text)
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    known = common()
    if len(unit) <= 4 or not known.isdisjoint({text, unit, core}):
        return True
    rest = _without(text, words | set(PRODUCT_WORDS))
    return rest != text and len(re.sub(r"[\W\d_]", "", rest)) < 4


def _without(text: str, words: set[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text


def _unit(text: str) -> str:
    """The shortest piece that `text` repeats: `abcabcabc` gives `abc`."""
    return text[: (text + text).find(text, 1)]


def _words(phrase: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", phrase.lower()) if len(word) >= 3]


def _normal(password: str) -> str:
    """The same password typed on two keyboards is one password."""
    return unicodedata.normalize("NFKC", password)


@cache
def common() -> frozenset[str]:
    """The bundled common passwords, lower case."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
