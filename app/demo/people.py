"""Who works at the demo's desk: founded and invited as anybody is. For app/demo only."""

from collections.abc import Mapping

from app import accounts, people, tickets
from app.accounts import Founding
from app.lifecycles.machine import By

TEAM, ZONE = "The Tide House", "Europe/Berlin"
FOUNDER = ("ada", "Ada Brandt", "admin")
OTHERS = (
    ("jonas", "Jonas Petersen", "editor"),
    ("mara", "Mara Lindqvist", "writer"),
    ("tomas", "Tomas Okafor", "writer"),
    ("ines", "Ines Duarte", "viewer"),
)


async def found(password: str) -> Mapping[str, By]:
    """The team and its five people, by first name; all have the same password."""
    key, name, role = FOUNDER
    founding = Founding(TEAM, ZONE, name, email(key), password, site_on=True)
    ada = await accounts.set_up(await tickets.issue("setup"), founding)
    team = {key: By("person", person=ada, role=role, name=name)}
    for key, name, role in OTHERS:
        team[key] = await _join(ada, key, name, role, password)
    return team


def email(key: str) -> str:
    return f"{key}@tidehouse.example"


async def _join(admin: int, key: str, name: str, role: str, password: str) -> By:
    link = await people.invite(admin, email=email(key), name=name, role=role)
    person = await accounts.accept(link.rpartition("/")[2], name, password)
    return By("person", person=person, role=role, name=name)
