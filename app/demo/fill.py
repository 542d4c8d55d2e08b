"""Fill an empty desk with the demo: forty days of a small museum's posts. Called by `galley demo`."""

from collections.abc import Mapping

from app import accounts, onboarding, self_check, sql
from app.demo import channels, clock, errands, people, stories
from app.demo.desk import Desk
from app.flow import campaigns
from app.flow.campaigns import Wanted
from app.lifecycles.machine import By

FIRST_DAY = -46
NOT_EMPTY = "This desk is not empty: somebody works here already. The demo fills an empty one only."
CAMPAIGNS = (
    ("moon", "Moon and mud", "Why the sea comes and goes, for people who only ever saw it from the promenade."),
    ("open", "Open doors", "Everything that brings people into the house on days when it rains."),
    ("schools", "School year", "For teachers: what a class can do here, and what the classes before it did."),
)


class NotEmpty(Exception):
    """Somebody works here already."""


async def fill(password: str) -> Desk:
    """The whole story up to now. The web process has to run: the rehearsals' receiver is part of it."""
    if not await accounts.nobody_yet() or await sql.value("SELECT 1 FROM post LIMIT 1"):
        raise NotEmpty(NOT_EMPTY)
    time = await clock.begin(people.ZONE, FIRST_DAY)
    team = await people.found(password)
    desk = Desk(time, team, await channels.connect(team["ada"]), await _campaigns(team))
    stories.write_agenda(desk)
    await time.play()
    await errands.accepted()
    await onboarding.dismiss(by=team["ada"].person)
    await self_check.look_over()
    return desk


async def _campaigns(team: Mapping[str, By]) -> dict[str, int]:
    return {
        key: await campaigns.create(Wanted(title, brief, mode="approval"), by=team["jonas"])
        for key, title, brief in CAMPAIGNS
    }
