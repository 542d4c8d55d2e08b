"""The report after a bulk act: what became of each post, and the way back of a move. For the bulk doors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asyncpg import Record

from app import facts as fact_sheet
from app import sql
from app.flow.bulk import Done
from app.lifecycles.statuses import PostStatus
from app.pages import details, words
from app.pages.bulk_rows import placed
from app.pages.move_words import said
from app.pages.words import View
from app.sessions import Team, Who
from app.tables import Post
from app.times import ago

NEWEST = """
SELECT DISTINCT ON (e.post) e.post, coalesce(n.name, 'Galley') AS name, e.at, now() AS now
FROM event e LEFT JOIN person n ON n.id = e.person
WHERE e.post = ANY($1::bigint[]) AND e.about = 'post' AND e.version IS NOT NULL ORDER BY e.post, e.id DESC
"""
NAMES = {"retry": "publish_now", "move": "set_time", "move_back": "set_time"}
WORDS = {"approve": "approved", "move": "moved", "move_back": "moved back", "assign": "assigned",
         "assign_back": "given back", "retry": "tried again", "archive": "archived"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the report; `title` is empty when the post is gone."""

    id: int
    title: str
    done: bool
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """`undo`: each post moved or assigned, its version and where or whose it was, for the form that does `undoes`."""

    summary: str
    lines: tuple[Told, ...]
    undo: tuple[str, ...]
    back: str
    level: int
    undoes: str = ""

    @property
    def anything(self) -> bool:
        return any(line.done for line in self.lines)


async def report(do: str, done: Sequence[Done], who: Who, team: Team, *, back: str, level: int) -> Report:
    """Four queries however many posts."""
    posts = [one.post for one in done]
    facts, told = await fact_sheet.many(posts), await details.of(posts)
    views = {post: View(facts[post], told[post], who.zone, team.generation_on) for post in told if post in facts}
    lost = await _newest([one.post for one in done if one.meanwhile])
    lines = tuple(_told(do, one, views.get(one.post), lost) for one in done)
    way = BACK.get(do)
    undo = tuple(way(one.before, one.fresh) for one in done if way and one.before and one.fresh)
    return Report(_summary(do, lines), lines, tuple(filter(None, undo)), back, level, f"{do}_back")


async def _newest(posts: list[int]) -> dict[int, str]:
    """Who was faster, and when."""
    found: list[Record] = await sql.rows(NEWEST, posts) if posts else []
    return {row["post"]: f"changed by {row['name']} {_since(row)} — look again." for row in found}


def _since(row: Record) -> str:
    words_ago = ago(row["at"], row["now"])
    return words_ago if words_ago == "just now" else f"{words_ago} ago"


def _told(do: str, one: Done, view: View | None, lost: Mapping[int, str]) -> Told:
    title = view.detail.title if view else ""
    if one.fresh is None or view is None:
        text = lost.get(one.post, one.why)
        return Told(one.post, title, False, text[:1].upper() + text[1:])
    return Told(one.post, title, True, _happened(do, view))


def _happened(do: str, view: View) -> str:
    facts = view.facts
    if do in ("move", "move_back") and not facts.recall:
        return f"Now {placed(view)}."
    if do in ("assign", "assign_back"):
        return f"{view.detail.author_name}'s now."
    if do == "retry" and facts.status == PostStatus.GENERATING:
        return said("retry_and_generate", facts)
    goes = words.why(view) if do == "approve" and facts.run else ""
    return f"{said(NAMES.get(do, do), facts)} {goes}".strip()


def _summary(do: str, lines: Sequence[Told]) -> str:
    """5 approved. 1 not: changed by Mara 2 min ago — look again."""
    failed = [line.text for line in lines if not line.done]
    good = f"{len(lines) - len(failed)} {WORDS[do]}."
    if len(failed) != 1:
        return f"{good} {len(failed)} not." if failed else good
    return f"{good} 1 not: {failed[0][:1].lower()}{failed[0][1:]}"


def _way_back(before: Post, fresh: Post) -> str:
    """ID:VERSION:DAY:HH.MM, the last two as they were."""
    on = before.planned_on.isoformat() if before.planned_on else ""
    wall = before.planned_time.strftime("%H.%M") if before.planned_time else ""
    return f"{fresh.id}:{fresh.version}:{on}:{wall}"


def _former_owner(before: Post, fresh: Post) -> str:
    """ID:VERSION:PERSON; nothing for what was nobody's."""
    return f"{fresh.id}:{fresh.version}:{before.author}" if before.author else ""


BACK = {"move": _way_back, "assign": _former_owner}
