"""`galley backup` and `galley restore`: a whole installation in one file, and back."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO

import asyncpg

from app import migrate
from app.backups import load
from app.backups.archive import Archive, BackupTrouble, Manifest
from app.backups.dump import dump
from app.backups.load import Present
from app.database import pooled
from app.flow.restored import Settled
from app.lifecycles.phrases import counted
from app.moves import Refused
from app.secrets import key_id
from app.settings import SettingsError, demand_secret, settings

PIPE = "-"


def backup(options: argparse.Namespace) -> int:
    """Write the whole installation into a file, or to standard output."""
    return run(_backup(options.file, force=options.force))


def restore(options: argparse.Namespace) -> int:
    """Bring a backup back into the database; it is frozen afterwards."""
    return run(_restore(options.file, replace=options.replace, sure=options.yes))


def run(work: Coroutine[Any, Any, None]) -> int:
    """Do it, or say in one sentence why not; returns the exit code."""
    try:
        _demand_settings()
        asyncio.run(work)
    except (BackupTrouble, Refused, migrate.WrongDatabase) as why:
        return _refuse(str(why))
    except (OSError, asyncpg.PostgresError) as error:
        return _refuse(f"the database or the file cannot be used: {error}")
    finally:
        work.close()
    return 0


def _demand_settings() -> None:
    here = settings()
    if not here.database_url:
        raise SettingsError("DATABASE_URL is missing, and no `galley up` runs in the data folder.")
    demand_secret(here)


async def _backup(name: str, *, force: bool) -> None:
    with _target(name, force=force) as file:
        made = await dump(file)
    _say(f"Backed up {made.rows} rows as of {_time(made)} UTC. Not in it: SECRET_KEY (key {', '.join(made.keys)}).")
    if made.objects:
        _say(f"Not in it either: {_pictures(made)} in the bucket {settings().s3_bucket}. Keep that bucket.")


@contextmanager
def _target(name: str, *, force: bool) -> Iterator[BinaryIO]:
    """The file appears under its name once it is whole; it holds password hashes, so it is its owner's alone."""
    if name == PIPE:
        yield sys.stdout.buffer
        return
    path = Path(name)
    if path.exists() and not force:
        raise BackupTrouble(f"{path} exists already. Choose another name, or say --force.")
    part = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


async def _restore(name: str, *, replace: bool, sure: bool) -> None:
    with _source(name) as path, Archive(path) as archive:
        if len((await migrate.standing()).pending) == len(migrate.written()):
            await migrate.migrate()
        async with pooled(patience=3):
            there = await load.present()
            if replace and not there.empty and not sure:
                _ask(there, archive.manifest)
            settled = await load.load(archive, replace=replace)
        _tell(archive.manifest, settled)


@contextmanager
def _source(name: str) -> Iterator[Path]:
    """The backup as a file that can be read from any place; standard input is kept for that time."""
    if name != PIPE:
        yield Path(name)
        return
    with tempfile.NamedTemporaryFile(suffix=".galley") as kept:
        while data := sys.stdin.buffer.read(1 << 20):
            kept.write(data)
        kept.flush()
        yield Path(kept.name)


def _ask(there: Present, about: Manifest) -> None:
    print(f"This database holds {there.people} people, {there.posts} posts and {there.channels} channels.")
    print(f"They are replaced by what stood on {_time(about)} UTC. This cannot be undone.")
    demand_word("replace")


def demand_word(word: str) -> None:
    """Ask whoever is at the terminal; where nobody is, refuse."""
    if not sys.stdin.isatty():
        raise BackupTrouble("Nobody is there to ask; say --yes to go on.")
    if input(f"Type {word} to go on: ").strip() != word:
        raise BackupTrouble("Nothing was changed.")


def _tell(about: Manifest, settled: Settled) -> None:
    print(f"Restored {about.rows} rows as of {_time(about)} UTC. Sending is frozen until an admin lifts it.")
    print(f"{settled.held} posts came due since and wait for a person; {settled.unsure} deliveries are not confirmed.")
    print(f"See {settings().origin}/restored. Everybody signs in again; links that were open are void.")
    if settled.writing or settled.autopilot:
        print("Automatic writing and autopilot were switched off: they may have done since what they would do again.")
    if about.objects:
        print(f"Not in the file: {_pictures(about)} in an object store. Set the same S3_BUCKET and its keys.")
    if others := set(about.keys) - {key_id()}:
        print(f"Secrets are sealed with key {', '.join(sorted(others))}, but SECRET_KEY here makes key {key_id()}.")
        print("Bring the earlier SECRET_KEY back, or connect those channels again.")
    print("Passwords, roles and API keys are as they were then: shut out again whoever was shut out since.")


def _pictures(about: Manifest) -> str:
    return counted(about.objects, "picture", "pictures")


def _time(about: Manifest) -> str:
    return f"{about.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _say(sentence: str) -> None:
    """Beside a backup that goes to standard output."""
    print(sentence, file=sys.stderr)


def _refuse(sentence: str) -> int:
    print(f"galley: {sentence}", file=sys.stderr)
    return 1
