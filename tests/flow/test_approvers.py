"""Who has to approve: named for the team or for a campaign, by whom, and written down."""

import json

import pytest

from app import sql
from app.flow import approvers
from app.moves import Refused
from tests.flow.stage import somebody
from tests.makers import make_campaign, make_person, make_team


async def test_people_are_named_replaced_and_taken_off() -> None:
    await make_team()
    by, ada, bo = await somebody("admin"), await make_person(name="Ada"), await make_person(name="Bo")
    campaign = await make_campaign()
    await approvers.save(None, [bo.id, ada.id, ada.id], by=by)
    await approvers.save(campaign.id, [bo.id], by=by)
    assert [one.name for one in await approvers.of(None)] == ["Ada", "Bo"]
    assert [one.name for one in await approvers.of(campaign.id)] == ["Bo"]
    await approvers.save(None, [ada.id], by=by)
    await approvers.save(campaign.id, [], by=by)
    assert [one.person for one in await approvers.of(None)] == [ada.id]
    assert await approvers.of(campaign.id) == []


async def test_each_change_is_written_down_and_no_change_is_not() -> None:
    await make_team()
    by, ada = await somebody(), await make_person()
    campaign = await make_campaign()
    for _ in range(2):
        await approvers.save(campaign.id, [ada.id], by=by)
    events = await sql.rows("SELECT about, about_id, move, person, facts FROM event")
    assert [(e["about"], e["about_id"], e["move"], e["person"]) for e in events] == [
        ("campaign", campaign.id, "name_approvers", by.person)
    ]
    assert json.loads(events[0]["facts"]) == {"approvers": {"from": [], "to": [ada.id]}}


async def test_only_who_may_approve_is_named_and_who_lost_the_right_is_still_told() -> None:
    await make_team()
    by, ada = await somebody(), await make_person(name="Ada")
    for wrong in (await make_person("writer"), await make_person("viewer")):
        with pytest.raises(Refused, match="editors and admins"):
            await approvers.save(None, [wrong.id], by=by)
    with pytest.raises(Refused, match="role editor"):
        await approvers.save(None, [ada.id], by=await somebody("writer"))
    await approvers.save(None, [ada.id], by=by)
    await sql.run("UPDATE person SET disabled_at = now() WHERE id = $1", ada.id)
    assert [(one.name, one.counts) for one in await approvers.of(None)] == [("Ada", False)]
