"""A small desk for the state machine: four people, four channels, posts, jobs by hand, and what must always hold."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from app import channels, keys, seals, sql
from app import facts as fact_sheet
from app.content import Text
from app.flow import clicks, draw, generate, lookups, plan, publish, recall, resolve, review, zone_rules
from app.lifecycles.machine import By
from app.lifecycles.offers import open_offers
from app.lifecycles.statuses import PostStatus
from app.moves import Refused
from app.self_check_queries import CHECKS
from app.tables import Channel, Delivery
from app.times import planned
from tests.flow.stage import SHIFTED, acting, rehearsal
from tests.makers import make_person, make_team
from tests.platforms.receiver import Receiver
from tests.servers import EMPTY

STARTS = ("approved", "queued", "scheduled", "live", "live")
FORWARD = {
    PostStatus.PENDING_REVIEW: ("approve_and_publish", "approve_and_schedule", "approve"),
    PostStatus.MODIFIED: ("approve_and_publish", "approve_and_schedule", "approve"),
    PostStatus.APPROVED: ("publish_now", "schedule"),
    PostStatus.SCHEDULED: ("publish_now", "unschedule", "reschedule", "reopen"),
    PostStatus.PUBLISHED: ("unpublish", "publish_changes"),
    PostStatus.UNPUBLISHED: ("publish_now", "schedule"),
    PostStatus.PUBLISH_FAILED: ("publish_now", "set_back", "accept", "reopen"),
    PostStatus.PLANNED: ("generate", "submit"),
    PostStatus.REJECTED: ("restore",),
}
ROLES = ("viewer", "writer", "editor", "admin")
JOBS: dict[str, Callable[[int], Awaitable[None]]] = {
    "advance": publish.advance, "recall": recall.work, "write": generate.write, "draw": draw.draw,
}  # fmt: skip
SENDING: dict[str, Callable[[int], Awaitable[None]]] = {"send": publish.send, "look": lookups.look}
ALL_SHIFTED = [statement.replace("WHERE post = $1", "WHERE $1").replace("d.post = $1", "$1") for statement in SHIFTED]
POSTS_SHIFTED = """
UPDATE post SET publish_at = publish_at - $2::interval, planned_on = (publish_at - $2::interval)::date,
  planned_time = date_trunc('minute', publish_at - $2::interval)::time WHERE $1 AND publish_at IS NOT NULL
"""
BREACHES = " UNION ALL ".join(
    f"SELECT '{check.name}' AS name, about, about_id, note FROM ({check.over()}) found{n}"
    for n, check in enumerate(CHECKS)
)
MORE = {
    "a sweep scheduled": "SELECT post FROM event WHERE about = 'post' AND move IN ('schedule', 'publish_now')"
    " AND by_kind NOT IN ('person', 'key')",
    "a blind platform was tried again after an unclear answer": "SELECT a.delivery FROM attempt a JOIN attempt b"
    " ON b.delivery = a.delivery AND b.number > a.number JOIN delivery d ON d.id = a.delivery"
    " JOIN channel c ON c.id = d.channel WHERE c.settings->>'plays' = 'blind' AND a.outcome = 'unknown'"
    " AND a.intent IN ('create', 'hand_off') AND b.intent IN ('create', 'hand_off')",
    "two attempts made one call each at once": "SELECT delivery FROM attempt WHERE ended_at IS NULL"
    " GROUP BY delivery HAVING count(*) > 1",
    "an item has two numbers": "SELECT about_id FROM event WHERE about = 'delivery' AND move = 'confirm'"
    " AND to_status = 'published' GROUP BY about_id HAVING count(DISTINCT facts->>'url') > 1",
}
MORE_AT_ONCE = " UNION ALL ".join(
    f"SELECT '{name}' AS name, 'row' AS about, id, '' AS note FROM ({statement}) more{n} (id)"
    for n, (name, statement) in enumerate(MORE.items())
)
BUSY = """
SELECT post FROM publication WHERE next_at IS NOT NULL UNION SELECT post FROM delivery WHERE next_at IS NOT NULL
UNION SELECT post FROM recall WHERE next_at IS NOT NULL UNION SELECT post FROM generation WHERE next_at IS NOT NULL
UNION SELECT post FROM media WHERE next_at IS NOT NULL UNION SELECT post FROM delivery WHERE status = 'unconfirmed'
  OR resurfaced_at IS NOT NULL UNION SELECT id FROM post WHERE status = 'published' OR archived_at IS NOT NULL
"""
TOLD = "SELECT about || ' ' || move AS name, count(*) AS n FROM event GROUP BY 1"
STOOD = """
SELECT d.post, d.channel, d.id, d.generation, d.set_aside_at IS NOT NULL AS aside,
  EXISTS (SELECT 1 FROM event WHERE about = 'delivery' AND about_id = d.id AND by_kind = 'person'
    AND move IN ('deny', 'refuse')) AS judged
FROM delivery d JOIN channel c ON c.id = d.channel
WHERE c.settings->>'plays' IN ('keyed', 'lookup') AND d.kind = 'create'
"""


@dataclass
class World:
    """What the machine's rules act on."""

    receiver: Receiver
    people: dict[str, By] = field(default_factory=dict)
    channels: list[Channel] = field(default_factory=list)
    posts: list[int] = field(default_factory=list)

    @classmethod
    async def made(cls, receiver: Receiver, **team: Any) -> "World":
        """An empty database with a fresh desk in it, and a platform that remembers nothing."""
        await sql.run(EMPTY)
        receiver.script.clear()
        receiver.shelf.items.clear()
        receiver.log.rows.clear()
        world = cls(receiver)
        await make_team(**{"self_approval": "always", "approvals_needed": 1, "mode": "approval"} | team)
        world.people = {role: acting(await make_person(role)) for role in ROLES}
        for plays, schedules in (("keyed", False), ("lookup", True), ("blind", False), ("keyed", True)):
            world.channels.append(await rehearsal(receiver, plays, schedules=schedules))
        return world

    async def create(self, role: str, kind: str, targets: frozenset[int]) -> None:
        today, chosen = await self.today(), tuple(self.channels[n].id for n in sorted(targets))
        on = {"idea": None, "past": today - timedelta(days=1)}.get(kind, today + timedelta(days=3))
        text = Text("Tides", "Twice a day.") if kind in ("written", "past") else None
        wanted = plan.Plan("Tides", planned(on, None, "UTC"), channels=chosen, text=text)
        made = await plan.create(wanted, by=self.people[role])
        self.posts.append(made.id)

    async def start(self, how: str, targets: frozenset[int]) -> None:
        """A post that has come further already, by the same verbs."""
        await self.create("editor", "written", targets)
        post, by = self.posts[-1], self.people
        for role in ("editor", "admin"):
            row = await plan.load(post)
            if row.status == PostStatus.PENDING_REVIEW:
                await review.approve(row, (await seals.sealable(post)).digest, by=by[role], ahead=False)
        if how == "scheduled":
            await self.click(post, "schedule", "editor", 60, stale=False, wrong=False, again=False)
        elif how != "approved":
            await self.click(post, "publish_now", "editor", 0, stale=False, wrong=False, again=False)
        if how == "live":
            await self.sweep()

    async def click(self, post: int, name: str, role: str, at: int, *, stale: bool, wrong: bool, again: bool) -> None:
        row = await plan.load(post)
        row.version -= stale
        now = await sql.value("SELECT now()")
        digest = b"" if wrong or row.revision is None else (await seals.sealable(post)).digest
        ticked = frozenset(channel.id for channel in self.channels) if again else frozenset()
        click = clicks.Click(
            name, on=(now + timedelta(minutes=at)).date(), at=now + timedelta(minutes=at), digest=digest,
            reason="" if wrong else "Because.", again=ticked,
        )  # fmt: skip
        made = await clicks.perform(row, click, by=self.people[role])
        if made.id not in self.posts:
            self.posts.append(made.id)

    async def open_click(self, post: int, choice: int, role: str, at: int, *, again: bool) -> str:
        """One of the buttons that are open for this person; none is no click."""
        offered = open_offers((await fact_sheet.many([post]))[post], self.people[role])
        if not offered:
            return ""
        name = offered[choice * 7 % len(offered)].name
        await self.click(post, name, role, at, stale=False, wrong=False, again=again)
        return name

    async def forward(self, post: int, choice: int, at: int, *, again: bool) -> None:
        """What an editor would most often do next in this status."""
        status = (await plan.load(post)).status
        names = FORWARD.get(status, ("duplicate",))
        if status == PostStatus.PUBLISHED and choice % 2:
            await self.edit(post, "admin", f"{choice}{at}{again}")
        await self.click(post, names[choice % len(names)], "admin", at, stale=False, wrong=False, again=again)

    async def edit(self, post: int, role: str, words: str) -> None:
        row = await plan.load(post)
        await review.save(row, Text(f"Tides {words}", f"Twice a day: {words}."), by=self.people[role])

    async def answer(self, post: int, name: str, role: str, choice: int) -> None:
        found = await Delivery.objects().where(Delivery.post == post).order_by(Delivery.id)
        if found:
            row = found[choice % len(found)]
            await resolve.resolve(row, name, by=self.people[role], url="https://there.example/1")

    async def job(self, post: int, name: str) -> None:
        """One job of one post, whether its time has come or not."""
        if name in JOBS:
            await JOBS[name](post)
            return
        for found in await sql.rows("SELECT id FROM delivery WHERE post = $1 ORDER BY id", post):
            await SENDING[name](found["id"])

    async def at_once(self, post: int, one: str, other: str) -> None:
        await asyncio.gather(self.job(post, one), self.job(post, other))

    async def mend(self, which: int) -> None:
        """Somebody reconnected the channel."""
        await channels.mark_well(self.channels[which].id, sent=True)

    async def pass_time(self, minutes: int) -> None:
        """Everything, here and there, lies that much further back."""
        for statement in [*ALL_SHIFTED, POSTS_SHIFTED]:
            await sql.run(statement, True, timedelta(minutes=minutes))
        for item in self.receiver.shelf.items.values():
            item["live_at"] = (datetime.fromisoformat(item["live_at"]) - timedelta(minutes=minutes)).isoformat()

    async def sweep(self) -> None:
        """Everything whose time has come, as the workers would do it."""
        for verb in (plan.daily, zone_rules.follow):
            await verb()
        for post in self.posts:
            for name in (*JOBS, *SENDING):
                await self.job(post, name)

    async def today(self) -> date:
        found: date = await sql.value("SELECT (now() AT TIME ZONE zone)::date FROM team")
        return found

    async def told(self) -> dict[str, int]:
        """How often each move happened."""
        return {row["name"]: row["n"] for row in await sql.rows(TOLD)}

    async def wrong(self) -> list[str]:
        """What does not hold; nothing, as it should be."""
        rows = await sql.rows(f"{BREACHES} UNION ALL {MORE_AT_ONCE}")
        found = [f"{row['name']}: {row['about']} {row['about_id']} {row['note']}" for row in rows]
        return found + await self._stuck() + await self._twice()

    async def _stuck(self) -> list[str]:
        """In every combination an editor has an open button, or something is running."""
        busy = {row["post"] for row in await sql.rows(BUSY)}
        facts = await fact_sheet.many([post for post in self.posts if post not in busy])
        editors = self.people["editor"], self.people["admin"]
        return [
            f"stuck: post {post} is {its.status}"
            for post, its in facts.items()
            if not any(open_offers(its, editor) for editor in editors)
        ]

    async def _twice(self) -> list[str]:
        """Nothing is there twice on a channel that can tell, unless a person ticked it or said it was not there."""
        there = Counter(
            item["key"] or item["stamp"] for item in self.receiver.shelf.items.values() if not item["removed"]
        )
        counted: Counter[tuple[int, int]] = Counter()
        excused = set()
        for row in await sql.rows(STOOD):
            where = (row["post"], row["channel"])
            counted[where] += sum(there[keys.delivery_key(row["id"], n + 1)] for n in range(row["generation"]))
            if row["aside"] or row["judged"]:
                excused.add(where)
        return [f"twice: post {post} on channel {channel}" for (post, channel), n in counted.items()
                if n > 1 and (post, channel) not in excused]  # fmt: skip


async def tried(step: Awaitable[Any]) -> bool:
    """Whether the step happened; a refusal is an answer, anything else is a bug."""
    try:
        await step
    except Refused:
        return False
    return True
