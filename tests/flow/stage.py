"""What tests of verbs share: actors, channels at the fake platform, a worker by hand, and time that passes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app import channels, seals, sql
from app.flow import lookups, plan, publish, recall, schedule
from app.lifecycles.machine import By
from app.tables import Channel, Delivery, Person, Post
from tests.makers import make_channel, make_person, make_post
from tests.platforms.receiver import Receiver
from tests.rows import now

SHIFTED = (
    "UPDATE publication SET due_at = due_at - $2::interval, created_at = created_at - $2::interval,"
    " next_at = next_at - $2::interval WHERE post = $1",
    "UPDATE delivery SET next_at = next_at - $2::interval, remote_at = remote_at - $2::interval WHERE post = $1",
    "UPDATE attempt a SET opened_at = opened_at - $2::interval, lease_until = lease_until - $2::interval"
    " FROM delivery d WHERE d.id = a.delivery AND d.post = $1",
    "UPDATE channel c SET next_free_at = next_free_at - $2::interval FROM delivery d"
    " WHERE d.channel = c.id AND d.post = $1",
    "UPDATE recall SET next_at = next_at - $2::interval, asked_at = asked_at - $2::interval WHERE post = $1",
    "UPDATE generation SET next_at = next_at - $2::interval WHERE post = $1",
    "UPDATE media SET next_at = next_at - $2::interval WHERE post = $1",
)


def acting(person: Person) -> By:
    return By("person", person=person.id, role=person.role, name=person.name)


async def somebody(role: str = "editor") -> By:
    return acting(await make_person(role))


async def a_key(scope: str) -> By:
    owner = await make_person("editor")
    number = await sql.value(
        "INSERT INTO api_key (prefix, secret_sha256, owner, name, scopes) VALUES ($1, '', $2, 'Key', $3) RETURNING id",
        f"k{owner.id}", owner.id, [scope],
    )  # fmt: skip
    return By("key", key=number, scopes=frozenset({scope}))


async def webhook(receiver: Receiver, **values: Any) -> Channel:
    channel = await make_channel("webhook", settings={"url": f"{receiver.origin}/hook"}, **values)
    await channels._keep_secrets(channel.id, {"secret": receiver.shelf.secret})
    return channel


async def rehearsal(receiver: Receiver, plays: str = "keyed", *, schedules: bool = False, **settings: Any) -> Channel:
    known = {"plays": plays, "schedules": schedules, **settings}
    channel = await make_channel("sandbox", settings=known)
    await channels._keep_secrets(channel.id, {"token": receiver.shelf.token})
    return channel


async def approved(*targets: Channel, by: By | None = None, **values: Any) -> Post:
    """An approved post without a planned time."""
    person = await Person.objects().get(Person.id == by.person) if by and by.person else None
    return await make_post("approved", channels=list(targets), by=person, **values)


async def queued(*targets: Channel, by: By | None = None, at: datetime | None = None) -> Post:
    """Approved and lined up by a person: for `at`, or to go out at once."""
    by = by or await somebody()
    return await schedule.line_up(await approved(*targets, by=by), at, by=by)


async def live(*targets: Channel, by: By | None = None) -> Post:
    """Really published on `targets`."""
    return await work(await queued(*targets, by=by))


async def work(post: Post | int, rounds: int = 8) -> Post:
    """What workers do, by hand: everything of the post whose time has come, until nothing is due."""
    number = post if isinstance(post, int) else post.id
    for _ in range(rounds):
        await publish.advance(number)
        await recall.work(number)
        due = await sql.rows("SELECT id FROM delivery WHERE post = $1 AND next_at <= now() ORDER BY id", number)
        for found in due:
            await publish.send(found["id"])
            await lookups.look(found["id"])
        if not due and not await _asking(number):
            break
    return await plan.load(number)


async def _asking(post: int) -> bool:
    return bool(await sql.value("SELECT 1 FROM recall WHERE post = $1 AND next_at <= now()", post))


async def pass_time(post: Post | int, receiver: Receiver | None = None, **delta: float) -> None:
    """Everything of the post, here and at the fake platform, lies that much further back."""
    number = post if isinstance(post, int) else post.id
    for statement in SHIFTED:
        await sql.run(statement, number, timedelta(**delta))
    for item in receiver.shelf.items.values() if receiver else ():
        item["live_at"] = (datetime.fromisoformat(item["live_at"]) - timedelta(**delta)).isoformat()


async def of(post: Post | int) -> list[Delivery]:
    number = post if isinstance(post, int) else post.id
    return await Delivery.objects().where(Delivery.post == number).order_by(Delivery.id)


async def only(post: Post | int) -> Delivery:
    found = await of(post)
    assert len(found) == 1
    return found[0]


async def statuses(post: Post | int) -> list[str]:
    return [delivery.status for delivery in await of(post)]


async def status(post: Post | int) -> str:
    return (await plan.load(post if isinstance(post, int) else post.id)).status


async def runs(post: Post) -> list[str]:
    found = await sql.rows("SELECT status FROM publication WHERE post = $1 ORDER BY number", post.id)
    return [record["status"] for record in found]


async def moves_of(post: Post | int, about: str = "post") -> list[str]:
    number = post if isinstance(post, int) else post.id
    found = await sql.rows("SELECT move FROM event WHERE post = $1 AND about = $2 ORDER BY id", number, about)
    return [record["move"] for record in found]


async def attempts(post: Post | int) -> list[Mapping[str, Any]]:
    number = post if isinstance(post, int) else post.id
    return await sql.rows(
        "SELECT a.* FROM attempt a JOIN delivery d ON d.id = a.delivery WHERE d.post = $1 ORDER BY a.id", number
    )


async def digest(post: Post) -> bytes:
    return (await seals.sealable(post.id)).digest


def soon(**delta: float) -> datetime:
    return now(**(delta or {"hours": 2})).replace(microsecond=0)
