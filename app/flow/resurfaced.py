"""Resurfaced: live there though people took it back. Raised by hearing, settled by a person: take down or keep."""

from app import audit, seals, sql
from app import facts as fact_sheet
from app.flow import asking
from app.lifecycles.guards import RECALLED
from app.lifecycles.machine import By, Grant
from app.moves import Refused
from app.tables import Delivery

NOTE = "It is live there though it was taken back."
DECIDED = "Somebody decided this a moment ago."
BY_HAND = "{name} does not let apps remove posts: delete it there by hand."
EDITOR = Grant(person="editor")


async def raised(row: Delivery) -> None:
    """A taken-back delivery that is live: a person has to decide. Of an update, the live copy tells.

    It is its channel's own copy again, so that nothing is sent there beside it.
    """
    await sql.run(
        "UPDATE delivery SET resurfaced_at = now(), set_aside_at = NULL WHERE id = $1 AND kind = 'create'", row.id
    )


async def take_down(row: Delivery, *, by: By) -> None:
    """Ask the platform to remove it; the delivery is withdrawn once it has, and the post stays as it is."""
    await _demand(row, by)
    if not (await seals.traits_of(row.channel)).removes:
        raise Refused(BY_HAND.format(name=await sql.value("SELECT name FROM channel WHERE id = $1", row.channel)))
    await asking.about(row, "take_down", by=by)


async def keep(row: Delivery, *, by: By) -> None:
    """It stays live, as if nobody had taken it back."""
    await _demand(row, by)
    await sql.run("UPDATE delivery SET resurfaced_at = NULL WHERE id = $1", row.id)
    await audit.record("delivery", row.id, "keep", by=by, post=row.post)


async def _demand(row: Delivery, by: By) -> None:
    if why := EDITOR.refusal(by, own=False):
        raise Refused(why, forbidden=True)
    if (await fact_sheet.of(row.post)).recall:
        raise Refused(RECALLED)
    if row.resurfaced_at is None:
        raise Refused(DECIDED)
