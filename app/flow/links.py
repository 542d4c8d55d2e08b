"""Whether a text's links answer: asked by the worker through the guarded door, kept per version, at most once a day."""

import re
from html import unescape
from time import monotonic

import msgspec

from app import content, sql
from app.content import Revision
from app.lifecycles.post import REVIEW
from app.lifecycles.statuses import PostStatus, listed
from app.safe_http import Call, Failure, Reply, send

MOST = 20  # links of one text
SECONDS = 4.0  # for one link
TURN = 12.0  # seconds of one sweep: a worker that stops waits no longer for it
HREF = re.compile(r'<a href="(https?://[^"]+)"')
BARE = re.compile(r"https?://[^\s<>\"')\]]+")
GUARDED = {401, 402, 403, 405, 406, 429, 451, 999}  # somebody is there, who does not like machines
PRIVATE = "is no public address, so it is not asked"
WORDS = {"dns": "has no such address", "invalid": "is no web address", "tls": "has no valid certificate"}
ENLIST = f"""
INSERT INTO link_check (revision, next_at)
SELECT p.revision, now() FROM post p WHERE p.archived_at IS NULL AND p.revision IS NOT NULL
  AND p.status IN ({listed(*REVIEW, PostStatus.APPROVED, PostStatus.SCHEDULED)})
  AND NOT EXISTS (SELECT 1 FROM link_check c WHERE c.revision = p.revision) LIMIT 200
ON CONFLICT DO NOTHING
"""  # noqa: S608
# The lease is longer than a sweep: a worker that dies leaves it to another.
CLAIM = """
UPDATE link_check SET next_at = now() + interval '5 minutes' WHERE id = (
  SELECT id FROM link_check WHERE next_at <= now() ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING revision, found
"""
KEEP = """
UPDATE link_check SET found = $2, checked_at = CASE WHEN $3 THEN now() END,
  next_at = CASE WHEN $3 THEN NULL ELSE now() END WHERE revision = $1
"""


class Answer(msgspec.Struct, frozen=True):
    """What one link answered; `note` says what is wrong with it."""

    url: str
    ok: bool
    note: str = ""


def found_in(text: Revision) -> list[str]:
    """The web addresses of a text in reading order, each once, at most MOST."""
    captions = [words for fields in text.renditions.values() for words in fields.values()]
    inside = (unescape(href) for href in HREF.findall(text.body_html))
    typed = (bare.rstrip(".,;:!?") for words in captions for bare in BARE.findall(words))
    return list(dict.fromkeys([*inside, *typed]))[:MOST]


async def enlist() -> None:
    """Texts on their way to publication whose links nobody asked yet."""
    await sql.run(ENLIST)


async def sweep() -> None:
    """Ask the links of the texts that wait for it, for as long as a turn lasts."""
    until = monotonic() + TURN
    while monotonic() < until and (claimed := await sql.row(CLAIM)):
        await _ask(claimed["revision"], msgspec.json.decode(claimed["found"], type=list[Answer]), until)


async def _ask(revision: int, known: list[Answer], until: float) -> None:
    """Those that were not asked in this turn are asked in the next one."""
    links = found_in(await content.load(revision))
    left = [link for link in links if link not in {answer.url for answer in known}]
    while left and monotonic() < until:
        known.append(await _answer(left.pop(0)))
    await sql.run(KEEP, revision, msgspec.json.encode(known).decode(), not left)


async def _answer(link: str) -> Answer:
    reply = await send(Call("HEAD", link, seconds=SECONDS))
    if not (isinstance(reply, Reply) and reply.ok) and not _final(reply):
        reply = await send(Call("GET", link, seconds=SECONDS))
    return Answer(link, *_verdict(reply))


def _final(reply: Reply | Failure) -> bool:
    """Nothing that another way of asking would change."""
    return isinstance(reply, Failure) and reply.reason in ("blocked", "invalid", "dns", "refused", "tls")


def _verdict(reply: Reply | Failure) -> tuple[bool, str]:
    if isinstance(reply, Failure) and reply.reason == "blocked":
        return False, PRIVATE
    if reply.status is not None and (reply.status < 400 or reply.status in GUARDED):
        return True, ""
    if reply.status is not None or isinstance(reply, Reply):
        return False, f"answers {reply.status}"
    return False, WORDS.get(reply.reason, "does not answer")
