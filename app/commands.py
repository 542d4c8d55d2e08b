"""The `galley` command: what it is asked, which part answers, and with which exit code. The only way in."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from pkgutil import resolve_name

from app import commands_desk
from app.local.folder import at, environment
from app.local.trouble import LocalTrouble
from app.settings import SettingsError

WRONG, REFUSED = 1, 2
BESIDE = {"migrate", "user", "doctor", "backup", "restore", "freeze"}
# By name, so that each process loads what it runs and nothing else: the supervisor needs no web framework.
PARTS = {
    "up": "app.commands_up:up",
    "web": "app.commands_parts:web",
    "worker": "app.commands_parts:worker",
    "migrate": "app.commands_database:run_migrations",
    "user": "app.commands_database:add_user",
    "doctor": "app.doctor:doctor",
    "backup": "app.commands_backup:backup",
    "restore": "app.commands_backup:restore",
    "freeze": "app.commands_freeze:switch",
    "demo": "app.commands_demo:demo",
    "post": "app.commands_posts:post",
    "publish": "app.commands_posts:publish",
    "cancel": "app.commands_posts:cancel",
    "log": "app.commands_log:log",
    "mcp": "app.commands_mcp:serve",
}


def main(words: Sequence[str] | None = None) -> int:
    """Answer one command line; returns the exit code."""
    options = parser().parse_args(words)
    try:
        _join(options)
        part: Callable[[argparse.Namespace], int] = resolve_name(PARTS[options.command])
        return part(options)
    except SettingsError as error:
        print(f"galley: {error}", file=sys.stderr)
        return REFUSED
    except LocalTrouble as trouble:
        print(f"galley: {trouble}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return 130


def _join(options: argparse.Namespace) -> None:
    """Commands beside a running `galley up` talk to its servers, unless the environment names others."""
    if options.command in BESIDE and not os.environ.get("DATABASE_URL"):
        for variable, value in environment(at(options.data)).items():
            os.environ.setdefault(variable, value)


def parser() -> argparse.ArgumentParser:
    """Every command and option, with the help people read."""
    top = argparse.ArgumentParser(prog="galley", description="Plan, generate, review, schedule, publish.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_up(commands.add_parser("up", help="start everything here: database, queue, web and worker"))
    commands.add_parser("web", help="the web process alone; needs DATABASE_URL, REDIS_URL, SECRET_KEY")
    commands.add_parser("worker", help="the worker alone; needs the same")
    _add_data(commands.add_parser("migrate", help="bring the database to this version"))
    _add_user(commands.add_parser("user", help="people of the team"))
    _add_data(commands.add_parser("doctor", help="check this installation and say how to mend it"))
    _add_backup(commands.add_parser("backup", help="write the whole installation into one file"))
    _add_restore(commands.add_parser("restore", help="bring a backup back; it is frozen afterwards"))
    _add_freeze(commands.add_parser("freeze", help="stop all sending at once, or lift that"))
    _add_up(commands.add_parser("demo", help="fill an empty desk with a team's work; then `galley up`"))
    commands_desk.add(commands)
    return top


def _add_up(up: argparse.ArgumentParser) -> None:
    up.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000", help="default: 8000")
    up.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="default: 127.0.0.1")
    _add_data(up)


def _add_user(user: argparse.ArgumentParser) -> None:
    add = user.add_subparsers(dest="user_command", required=True).add_parser("add", help="add a person")
    add.add_argument("--email", required=True)
    add.add_argument("--name", required=True)
    add.add_argument("--role", required=True, choices=("viewer", "writer", "editor", "admin"))
    add.add_argument("--password-stdin", action="store_true", help="read a password; without: an invitation")
    _add_data(add)


def _add_backup(backup: argparse.ArgumentParser) -> None:
    backup.add_argument("file", metavar="FILE", help="where to; - is standard output")
    backup.add_argument("--force", action="store_true", help="overwrite a file that is there")
    _add_data(backup)


def _add_restore(restore: argparse.ArgumentParser) -> None:
    restore.add_argument("file", metavar="FILE", help="what `galley backup` wrote; - is standard input")
    restore.add_argument("--replace", action="store_true", help="instead of what is in the database")
    restore.add_argument("--yes", action="store_true", help="do not ask")
    _add_data(restore)


def _add_freeze(freeze: argparse.ArgumentParser) -> None:
    freeze.add_argument("state", choices=("on", "off", "show"), help="show: what lifting it would do")
    freeze.add_argument("--note", default="", help="why; everybody reads it")
    freeze.add_argument("--yes", action="store_true", help="lift it without asking")
    _add_data(freeze)


def _add_data(command: argparse.ArgumentParser) -> None:
    data = "the data folder of `galley up`, used when DATABASE_URL is not set (default: .galley)"
    command.add_argument("--data", type=Path, default=Path(".galley"), metavar="DIR", help=data)


def _port(word: str) -> int:
    if not word.isdigit() or not 0 < int(word) < 65536:
        raise argparse.ArgumentTypeError(f"{word!r} is not a port; take a number from 1 to 65535")
    return int(word)


if __name__ == "__main__":
    sys.exit(main())
