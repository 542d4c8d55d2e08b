"""The options of the commands that ask a desk over its API: post, publish, cancel, log, mcp. For app/commands.py."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NO_OFFSET = "{!r} does not say in which zone; write {} for this machine's"
KEY_SHOWN = (
    "a key on the command line shows to everybody who lists the processes. Put it into the environment as GALLEY_KEY, "
    "or its file into --key-file or GALLEY_KEY_FILE; and revoke this one if others may have seen it"
)
FRONT_MATTER = (
    "FILE may begin with front matter between two lines of ---: title, slug, excerpt, keyword, angle, brief, "
    "channels, campaign, at, draft, picture, alt. Options win over it. Without a title the first heading is taken."
)
Commands = Any  # argparse's action of subparsers has no public name


class Shown(argparse.Action):
    """Refuses a key that was typed as an option, before anything is done with it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        parser.error(KEY_SHOWN)


def add(commands: Commands) -> None:
    """Every command of this kind."""
    _add_post(
        commands.add_parser("post", help="send a Markdown file to a desk: a draft, or published", epilog=FRONT_MATTER)
    )
    _add_publish(commands.add_parser("publish", help="publish a post of a desk: now, or at a time"))
    _add_cancel(commands.add_parser("cancel", help="cancel a scheduled post of a desk"))
    _add_log(commands.add_parser("log", help="what a desk's publishing log says"))
    _add_mcp(commands.add_parser("mcp", help="serve a desk to agents: MCP on standard input and output, or HTTP"))


def _add_post(post: argparse.ArgumentParser) -> None:
    post.add_argument("file", metavar="FILE", help="Markdown; - is standard input")
    for name in ("title", "slug", "excerpt"):
        post.add_argument(f"--{name}")
    where = "where to; repeat it; default: every connected channel"
    post.add_argument("--channel", "--profile", action="append", metavar="NAME|ID", help=where)
    post.add_argument("--campaign", type=number, metavar="ID")
    picture = "a file or a web address; repeat it; the first is the cover"
    post.add_argument("--picture", action="append", metavar="FILE|URL", help=picture)
    post.add_argument("--alt", action="append", metavar="TEXT", help="what the picture shows; one for each, in order")
    post.add_argument("--draft", action="store_true", help="store it for review (the default); with --at: planned then")
    post.add_argument("--now", action="store_true", help="publish it now; the key needs publish_unreviewed")
    _add_at(post, "publish it then; the key needs publish_unreviewed")
    _add_wait(post)
    _add_key(post)
    _add_json(post)


def _add_publish(publish: argparse.ArgumentParser) -> None:
    publish.add_argument("id", type=number, metavar="ID")
    _add_at(publish, "then, instead of now")
    _add_wait(publish)
    _add_key(publish)
    _add_json(publish)


def _add_cancel(cancel: argparse.ArgumentParser) -> None:
    cancel.add_argument("id", type=number, metavar="ID")
    _add_key(cancel)
    _add_json(cancel)


def _add_log(log: argparse.ArgumentParser) -> None:
    log.add_argument("--post", type=number, metavar="ID", help="of this post only")
    log.add_argument("--channel", "--profile", metavar="NAME|ID", help="of this channel only")
    log.add_argument("--result", default="", help="of this kind only: published, failed, not_confirmed, queued, held …")
    log.add_argument("--limit", type=number, default=50, metavar="N", help="how many, at most 100 (default: 50)")
    _add_json(log)


def _add_mcp(mcp: argparse.ArgumentParser) -> None:
    mcp.add_argument("--http", action="store_true", help="serve http://127.0.0.1:PORT/mcp instead of standard input")
    mcp.add_argument("--port", type=number, default=8765, help="with --http; default: 8765")
    _add_desk(mcp)


def _add_at(command: argparse.ArgumentParser, help: str) -> None:
    command.add_argument("--at", type=moment, metavar="TIME", help=f"{help}; like 2026-12-01T09:00+01:00")


def _add_wait(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wait", action="store_true", help="until it is settled; 1 unless every channel has it")
    patience = "how long --wait waits after the post's time (default: 600)"
    command.add_argument("--patience", type=number, default=600, metavar="SECONDS", help=patience)


def _add_key(command: argparse.ArgumentParser) -> None:
    key = "name this request: asked for again under the same name it is answered again, not done again"
    command.add_argument("--idempotency-key", default="", metavar="NAME", help=key)


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print what the API answers, for programs")
    _add_desk(command)


def _add_desk(command: argparse.ArgumentParser) -> None:
    url = "the desk's address (default: GALLEY_URL, else the desk that runs here)"
    command.add_argument("--url", default="", metavar="URL", help=url)
    command.add_argument("--key-file", type=Path, metavar="FILE", help="where the key is, if not in GALLEY_KEY")
    command.add_argument("--key", action=Shown, help=argparse.SUPPRESS)
    command.add_argument("--data", type=Path, default=Path(".galley"), metavar="DIR", help=argparse.SUPPRESS)


def number(word: str) -> int:
    """A whole number from 1."""
    if not (word.isascii() and word.isdigit() and len(word) < 19 and int(word)):
        raise argparse.ArgumentTypeError(f"{word!r} is not a number from 1")
    return int(word)


def moment(word: str) -> datetime:
    """A time to come, with its offset."""
    try:
        at = datetime.fromisoformat(word.strip())
        here = at.astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{word!r} is no time like 2026-12-01T09:00+01:00") from None
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(NO_OFFSET.format(word, here.isoformat(timespec="minutes")))
    if at <= datetime.now(UTC):
        raise argparse.ArgumentTypeError(f"{word!r} has passed")
    return at
