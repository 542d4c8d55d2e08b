"""`galley doctor`: looks at an installation from outside and says, for each thing that is wrong, how to mend it."""

import argparse
import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from app.commands_up import answers, demand_free_port
from app.doctor.finding import Finding, fine, wrong
from app.doctor.mail import look_at_mail
from app.doctor.servers import look_at_database, look_at_queue
from app.doctor.store import look_at_store
from app.local.binaries import find_postgres, find_valkey
from app.local.folder import Folder, at
from app.local.postgres import made_by
from app.local.trouble import LocalTrouble
from app.settings import EVERY_ADDRESS, LOCAL_NAMES, Settings, SettingsError, demand_secret, settings

OLDEST_PYTHON = (3, 11)
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def doctor(options: argparse.Namespace) -> int:
    """Print every finding; 1 when any is wrong."""
    findings = []
    for finding in _look(settings(), at(options.data)):
        print(finding, flush=True)
        findings.append(finding)
    bad = sum(not finding.good for finding in findings)
    print(f"\n{bad} of {len(findings)} need attention." if bad else f"\nAll {len(findings)} are well.")
    return 1 if bad else 0


def _look(here: Settings, folder: Folder) -> Iterator[Finding]:
    yield look_at_python(sys.version_info[:3])
    yield look_at_folder(folder)
    yield look_at_secret(here, folder)
    yield look_at_public_url(here)
    yield look_at_port(here)
    yield from look_at_mail(here)
    yield from asyncio.run(_all(look_at_store(here)))
    yield asyncio.run(look_at_queue(here.redis_url)) if here.redis_url else look_for("Valkey", _valkey)
    if here.database_url:
        yield from asyncio.run(look_at_database())
    else:
        yield look_for("PostgreSQL", lambda: _postgres(folder))


async def _all(findings: AsyncIterator[Finding]) -> list[Finding]:
    return [finding async for finding in findings]


def look_at_python(version: tuple[int, ...]) -> Finding:
    said = "Python " + ".".join(map(str, version))
    needed = ".".join(map(str, OLDEST_PYTHON))
    return fine(said) if version >= OLDEST_PYTHON else wrong(said, f"make .venv with Python {needed} or newer")


def look_at_folder(folder: Folder) -> Finding:
    """Whether we may write there, and others may not read the secret."""
    place = _nearest(folder.path)
    if not os.access(place, os.W_OK | os.X_OK):
        return wrong(
            f"The data folder {folder.path} cannot be written", f"chown it to yourself, or use --data ({place})"
        )
    secret = folder.path / "secret_key"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & OTHERS:
        return wrong(f"Others may read {secret}", f"chmod 600 {secret}")
    state = "is yours" if folder.path.exists() else "does not exist yet; galley up makes it"
    return fine(f"The data folder {folder.path} {state}")


def look_at_secret(here: Settings, folder: Folder) -> Finding:
    """`galley up` makes a SECRET_KEY of its own; a deployment must bring one."""
    kept = folder.path / "secret_key"
    if not here.secret_key and not here.database_url:
        return fine(f"SECRET_KEY is kept in {kept}" if kept.exists() else "SECRET_KEY is made by galley up")
    try:
        demand_secret(here)
    except SettingsError as error:
        sentence, _, fix = str(error).partition(". ")
        return wrong(sentence, fix)
    return fine("SECRET_KEY is set and long enough")


def look_at_public_url(here: Settings) -> Finding:
    """Links in mails and hooks begin with it, and cookies are only safe on https."""
    if not here.public_url:
        if here.host in ("::", EVERY_ADDRESS):
            return wrong("PUBLIC_URL is not set", "set it to the address people type, e.g. https://desk.example.com")
        return fine(f"PUBLIC_URL is not set; the desk calls itself {here.origin}")
    parts = urlsplit(here.public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        return wrong(f"PUBLIC_URL is {here.public_url!r}", "write it like https://desk.example.com, without a path")
    if parts.scheme == "http" and parts.hostname not in LOCAL_NAMES:
        return wrong(f"PUBLIC_URL {here.public_url} is not https", "put a proxy with a certificate in front, set https")
    return fine(f"PUBLIC_URL is {here.public_url}")


def look_at_port(here: Settings) -> Finding:
    """Free, or held by a Galley."""
    try:
        demand_free_port(here.host, here.port)
    except LocalTrouble as trouble:
        if asyncio.run(answers(here)):
            return fine(f"Galley answers on port {here.port}")
        sentence, _, fix = str(trouble).partition("\n")
        return wrong(sentence, fix)
    return fine(f"Port {here.port} is free")


def look_for(name: str, find: Callable[[], str]) -> Finding:
    """The binaries `galley up` would start."""
    try:
        return fine(f"{name} is not running here; galley up would start {find()}")
    except LocalTrouble as trouble:
        sentence, _, fix = str(trouble).partition(". ")
        return wrong(sentence, fix)


def _postgres(folder: Folder) -> str:
    found = find_postgres(made_by(folder))
    return f"version {found.major} of {found.bin}"


def _valkey() -> str:
    found = find_valkey()
    return f"version {found.version} at {found.server}"


def _nearest(path: Path) -> Path:
    """The folder itself, or the first of its parents that exists."""
    return next(place for place in (path, *path.parents) if place.exists())
