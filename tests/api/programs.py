"""Programs that ask the JSON API in tests: a key with scopes, and what it sends and gets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from app import api_keys
from app.lifecycles.machine import By
from app.tables import Person
from tests.makers import make_person, make_team

ALL = ("read", "write", "publish", "publish_unreviewed")


@dataclass(frozen=True)
class Program:
    """A key on `client`, never its cookies."""

    client: httpx.AsyncClient
    owner: Person
    key: int
    token: str

    async def ask(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"authorization": f"Bearer {self.token}"} | names
        return await self.client.request(method, f"/api{path}", json=json, headers=given)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return await self.ask("POST", path, json, **headers)

    async def patch(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return await self.ask("PATCH", path, json, **headers)


async def connect(client: httpx.AsyncClient, scopes: Iterable[str] = ALL, role: str = "editor") -> Program:
    """A program whose key belongs to a new person with `role`."""
    await make_team()
    owner = await make_person(role)
    key, token = await api_keys.issue("CI", scopes, owner=owner.id, by=By("person", person=owner.id, role=role))
    return Program(client, owner, key, token)


def wish(**fields: Any) -> dict[str, Any]:
    """A post as a program sends it."""
    return {"post": {"title": "Cold brew", "body": "Twelve hours in the fridge.", **fields}}
