"""Each fault of the rehearsal channel, played to its end: the status, the error and the one way on."""

from dataclasses import dataclass

import pytest

from app import facts, sql
from app.flow import plan, publish, resolve, schedule
from app.lifecycles.delivery import DELIVERY
from app.lifecycles.machine import By
from app.lifecycles.offers import open_offers
from app.tables import Post
from tests.flow.conftest import impatient, receiver, rehearsals, team
from tests.flow.stage import of, only, pass_time, queued, rehearsal, somebody, statuses, webhook, work
from tests.platforms.faults import Fault
from tests.platforms.receiver import Receiver

__all__ = ["impatient", "receiver", "rehearsals", "team"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault on one class of platform, and where it must end; `effects` is what the world saw."""

    plays: str
    fault: Fault
    delivery: str
    error: str | None
    effects: int = 1

    def __str__(self) -> str:
        shown = self.fault.status if self.fault.kind.startswith("status") else ""
        return f"{self.plays}-{self.fault.kind}{shown}x{self.fault.times}"


def cells() -> list[Cell]:
    made = []
    for plays in ("keyed", "lookup", "blind"):
        fine, unclear = ("published", None), ("unconfirmed", "outcome_unknown")
        made += [
            Cell(plays, Fault("status", status=429), *fine),
            Cell(plays, Fault("status", status=429, headers={"retry-after": "120"}, times=5), *fine),
            Cell(plays, Fault("status", status=429, times=9), "failed", "rate_limited", 0),
            Cell(plays, Fault("status", status=503), *fine),
            Cell(plays, Fault("status", status=503, times=9), "failed", "platform_unavailable", 0),
            Cell(plays, Fault("status", status=401), "failed", "expired_token", 0),
            Cell(plays, Fault("status", status=403), "failed", "permission_revoked", 0),
            Cell(plays, Fault("status", status=413), "failed", "content_rejected", 0),
            Cell(plays, Fault("status", status=422), "failed", "content_rejected", 0),
            Cell(plays, Fault("status", status=404), "failed", "invalid_settings", 0),
            Cell(plays, Fault("slow", seconds=0.1), *fine),
            *(Cell(plays, Fault(kind), *(unclear if plays == "blind" else fine)) for kind in ("hold", "drop_after")),
            Cell(plays, Fault("status_after", status=500), *(unclear if plays == "blind" else fine)),
            Cell(plays, Fault("drop_before"), *(unclear if plays == "blind" else fine), int(plays != "blind")),
            Cell(plays, Fault("status", status=500), *(unclear if plays == "blind" else fine), int(plays != "blind")),
        ]
    return made


async def played(post: Post, receiver: Receiver) -> Post:
    """Let an afternoon pass, minute by minute, until nothing of the post waits."""
    for _ in range(14):
        post = await work(post)
        if not await sql.value("SELECT 1 FROM delivery WHERE post = $1 AND next_at IS NOT NULL", post.id):
            break
        await pass_time(post, receiver, seconds=121)
    return post


def ways_on(known: facts.PostFacts, by: By, delivery: str) -> list[str]:
    buttons = [offer.name for offer in open_offers(known, by)]
    own = [line.name for line in DELIVERY.leaving(delivery) if line.label]
    return buttons + own


@pytest.mark.parametrize("cell", cells(), ids=str)
async def test_every_fault_ends_where_the_table_says(receiver: Receiver, cell: Cell) -> None:
    by = await somebody()
    receiver.play(Fault(**{**_parts(cell.fault), "on": ("POST",)}))
    post = await played(await queued(await rehearsal(receiver, cell.plays), by=by), receiver)
    row = await only(post)
    assert (row.status, row.error_kind) == (cell.delivery, cell.error)
    assert len(receiver.log.effects("publish")) == cell.effects
    assert post.status == ("published" if cell.delivery == "published" else "publish_failed")
    ways = ways_on(await facts.of(post.id), by, row.status)
    match cell.delivery:
        case "unconfirmed":
            assert {"confirm", "deny"} <= {*ways} and "publish_now" not in ways
        case "failed":
            assert {"publish_now", "schedule", "reopen"} <= {*ways}
            assert row.error_note
    assert not await sql.value("SELECT count(*) FROM attempt WHERE ended_at IS NULL")


def _parts(fault: Fault) -> dict[str, object]:
    return {name: getattr(fault, name) for name in ("kind", "status", "headers", "body", "seconds", "times")}


@pytest.mark.parametrize("code", [401, 403, 404, 413, 422])
async def test_one_click_repairs_what_was_refused(receiver: Receiver, code: int) -> None:
    by = await somebody()
    receiver.play(Fault("status", status=code))
    post = await work(await queued(await webhook(receiver), by=by))
    await sql.run("UPDATE channel SET broken_kind = NULL, broken_at = NULL")  # reconnected
    post = await work(await schedule.line_up(post, None, by=by))
    assert post.status == "published"
    assert len(receiver.log.effects("publish")) == 1


async def test_three_channels_three_fates_and_each_can_be_settled(receiver: Receiver) -> None:
    by = await somebody()
    targets = [await rehearsal(receiver, "blind"), await rehearsal(receiver), await webhook(receiver)]
    receiver.play(Fault("drop_after", on=("POST",)), Fault("status", status=422, on=("POST",)))
    post = await work(await queued(*targets, by=by))
    assert await statuses(post) == ["unconfirmed", "failed", "published"]
    post = await work(await schedule.line_up(post, None, by=by))
    assert await statuses(post) == ["unconfirmed", "failed", "published", "published"]
    assert post.status == "publish_failed"
    await resolve.resolve((await of(post))[0], "confirm", by=by, url="https://there.example/p")
    assert (await plan.load(post.id)).status == "published"
    assert len(receiver.log.effects("publish")) == 3


async def test_a_hundred_sweeps_later_nothing_has_been_repeated(receiver: Receiver) -> None:
    receiver.play(Fault("drop_after", on=("POST",)))
    post = await work(await queued(await rehearsal(receiver, "blind"), await webhook(receiver)))
    for _ in range(100):
        await pass_time(post, minutes=10)
        await publish.sweep()
        await work(post, rounds=1)
    assert len(receiver.log.effects("publish")) == 2
    assert await statuses(post) == ["unconfirmed", "published"]
