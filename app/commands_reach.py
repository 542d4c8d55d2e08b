"""Which desk a command asks, with whose key, and how its answer becomes an exit code. For the commands over the API."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.client import Declined, Desk, Unreachable
from app.local.folder import at, environment
from app.settings import settings

DONE, DECLINED, MISUSED, UNREACHABLE = 0, 1, 2, 3
KEY = re.compile(r"gly_[\x21-\x7e]+")
NO_KEY = (
    "no key. Put one into GALLEY_KEY, or its file into --key-file or GALLEY_KEY_FILE; an admin makes one under "
    "Settings, API keys"
)
NOT_A_KEY = "what {} holds is no key: one begins with gly_"
PLAIN = "the key goes over the network unencrypted: {} has no https://"
AGAIN = "To ask for it again without doing it twice:  --idempotency-key {}"


class Misused(Exception):
    """The command cannot be carried out as it was given; the message says what to change."""


def run(work: Callable[[Desk], Coroutine[Any, Any, int]], options: argparse.Namespace) -> int:
    """Do it with the desk that is meant; what went wrong is said on standard error. Returns the exit code."""
    try:
        return asyncio.run(work(desk(options)))
    except Misused as wrong:
        return say(str(wrong), MISUSED)
    except Declined as no:
        return say(str(no), DECLINED)
    except Unreachable as silence:
        say(str(silence), UNREACHABLE)
        return say(AGAIN.format(silence.key), UNREACHABLE) if silence.key else UNREACHABLE
    except BrokenPipeError:  # `galley log | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def say(sentence: str, code: int) -> int:
    """A sentence on standard error, and the exit code that goes with it."""
    print(f"galley: {sentence}", file=sys.stderr)
    return code


def desk(options: argparse.Namespace) -> Desk:
    """The desk and the key that the options and the environment name; raises Misused."""
    return Desk(origin(options), key(options))


def origin(options: argparse.Namespace) -> str:
    """--url, GALLEY_URL, the desk of the data folder, else where `galley web` would answer."""
    named = options.url or os.environ.get("GALLEY_URL", "").strip()
    url = named or environment(at(options.data)).get("PUBLIC_URL") or settings().origin
    parts = _parts(url)
    if parts.username or parts.password or parts.path.strip("/") or parts.query:
        raise Misused(f"the desk's address ends after its host: {parts.scheme}://{parts.netloc.rpartition('@')[2]}")
    if parts.scheme == "http" and not _local(parts.hostname or ""):
        say(PLAIN.format(url), DONE)
    return f"{parts.scheme}://{parts.netloc}"


def key(options: argparse.Namespace) -> str:
    """--key-file, GALLEY_KEY or GALLEY_KEY_FILE, in this order; never from the command line, where all see it."""
    given, named = os.environ.get("GALLEY_KEY", "").strip(), os.environ.get("GALLEY_KEY_FILE", "").strip()
    file = options.key_file or (Path(named) if named and not given else None)
    if file is None and not given:
        raise Misused(NO_KEY)
    try:
        found = file.read_text("ascii").strip() if file else given
    except (OSError, ValueError) as error:
        raise Misused(f"the key file {file} cannot be read: {getattr(error, 'strerror', None) or 'no text'}") from None
    if not KEY.fullmatch(found):
        raise Misused(NOT_A_KEY.format(file or "GALLEY_KEY"))
    return found


def _parts(url: str) -> SplitResult:
    with suppress(ValueError):  # half a bracket, or a port that is none
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    raise Misused(f"{url!r} is no address like https://desk.example.com")


def _local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
