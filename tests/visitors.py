"""Visitors of the desk in tests: signed in as anybody, with the form token that their pages would carry."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from app import sessions
from app.csrf import token_for
from app.tables import Person
from tests.makers import make_person, make_team

PASSWORD = "nine quiet lighthouses"


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in on `client`; `post` sends the form token along."""

    client: httpx.AsyncClient
    person: Person
    token: str

    @property
    def csrf(self) -> str:
        return token_for(self.token)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, **more)

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        return await self.client.post(path, data={"csrf_token": self.csrf, **fields})


async def enter(client: httpx.AsyncClient, role: str = "editor", **values: Any) -> Visitor:
    """A new person with `role`, signed in on `client`, on a team that is made when missing."""
    await make_team()
    return await come_back(client, await make_person(role, **values))


async def come_back(client: httpx.AsyncClient, person: Person) -> Visitor:
    """`person` signed in once more, on `client`."""
    token = await sessions.start(person.id, ip="127.0.0.1", agent="tests")
    be(client, token)
    return Visitor(client, person, token)


def be(client: httpx.AsyncClient, token: str) -> None:
    """Carry `token` as the session cookie, in the one place where the desk's own answers put it."""
    client.cookies.set("session", token, domain=f"{client.base_url.host}.local", path="/")


def csrf_in(page: httpx.Response) -> str:
    """The form token a page carries."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]
