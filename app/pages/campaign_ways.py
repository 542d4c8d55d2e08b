"""The buttons of a campaign: plain links to the pages that ask, by what its posts need and what this person may."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from asyncpg import Record

from app.access import RANK
from app.lifecycles.campaign import VERBS
from app.lifecycles.post import REVIEW, UNWRITTEN
from app.lifecycles.statuses import PostStatus
from app.pages.campaign_query import Known
from app.sessions import Who

FAILED = (PostStatus.PUBLISH_FAILED, PostStatus.GENERATION_FAILED)
ACTS = (
    ("approve", "Approve what is ready", "check", REVIEW, "editor"),
    ("retry", "Retry failed", "rotate-ccw", FAILED, "writer"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """One button of a campaign: a plain link that leads to the page that asks."""

    id: str
    label: str
    icon: str
    href: str


def leading(known: Known, who: Who, records: Sequence[Record]) -> tuple[Way, ...]:
    """Reading first; then planning while there is little to read; then each verb that has posts to act on."""
    home, posts = f"/campaigns/{known.id}", known.statuses
    written = sum(n for status, n in posts.items() if status not in UNWRITTEN)
    verbs = [
        Way(f"do-{verb.name}", f"{verb.label}… ({n})", verb.icon, f"{home}/moves/{verb.name}")
        for verb in VERBS
        if (n := sum(posts[status] for status in verb.statuses)) and RANK[who.role] >= RANK[verb.least]
    ]
    read = [Way("read-through", "Read through", "eye", f"{home}/review")] if written else []
    return (*read, *_bulk(known, who, records), *verbs[:2], *_planning(known, who), *verbs[2:])


def _bulk(known: Known, who: Who, posts: Sequence[Record]) -> list[Way]:
    """Acts of the posts list, asked for with the posts of this campaign."""
    found = []
    for do, label, icon, statuses, least in ACTS:
        rows = [("row", post["id"]) for post in posts if post["status"] in statuses]
        if rows and RANK[who.role] >= RANK[least]:
            query = urlencode([*rows, ("back", f"/campaigns/{known.id}")])
            found.append(Way(f"do-{do}", f"{label}… ({len(rows)})", icon, f"/posts/bulk/{do}?{query}"))
    return found


def _planning(known: Known, who: Who) -> list[Way]:
    if RANK[who.role] < RANK["writer"]:
        return []
    return [
        Way("plan-post", "Plan a post", "plus", f"/posts/new?campaign={known.id}"),
        Way("plan-many", "Plan many", "list", f"/posts/many?campaign={known.id}"),
    ]


def own(known: Known, who: Who) -> list[Way]:
    """What concerns the campaign itself."""
    home, rank = f"/campaigns/{known.id}", RANK[who.role]
    found = [Way("posts", "List of its posts", "rows-3", f"/posts?campaign={known.id}")]
    if rank >= RANK["writer"]:
        found.append(Way("edit", "Edit brief", "pencil", f"{home}/edit"))
        found.append(Way("duplicate", "Duplicate…", "copy", f"{home}/duplicate"))
    if rank >= RANK["editor"] and not known.archived:
        found.append(Way("archive", "Archive…", "archive", f"{home}/archive"))
    return found
