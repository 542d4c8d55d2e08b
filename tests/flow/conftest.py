"""What every verb is tried on: a team, a fake platform at a real socket, and a doorbell that only remembers."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.atomic import doorbell
from app.doorbell import Bell
from app.piccolo_conf import DB
from app.settings import settings
from tests.makers import make_team
from tests.platforms.conftest import impatient, receiver
from tests.platforms.receiver import Receiver
from tests.writers.endpoint import Endpoint

__all__ = ["impatient", "receiver"]


@pytest.fixture(autouse=True)
async def team(database: object) -> None:
    await make_team()


@pytest.fixture(autouse=True)
def rehearsals(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rehearsal channels find the fake platform where the desk would be."""
    known = replace(settings(), public_url=receiver.origin)
    monkeypatch.setattr("app.channels.settings", lambda: known)


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that were rung for, each only once its transaction had been committed."""
    rung: list[str] = []

    async def ring(heard: list[Bell]) -> None:
        assert DB.current_transaction.get() is None, "rung inside the transaction"
        rung.extend(bell.job for bell in heard)

    monkeypatch.setattr(doorbell, "ring", ring)
    return rung


@pytest.fixture
async def writer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Endpoint]:
    """A writer and an illustrator that invent, at a scripted endpoint."""
    endpoint = Endpoint()
    await endpoint.start()
    known = replace(
        settings(),
        llm_base_url=f"{endpoint.url}/v1",
        image_base_url=f"{endpoint.url}/v1",
        llm_timeout=5,
        image_timeout=5,
    )
    for place in ("app.flow.generate.settings", "app.flow.draw.settings", "app.facts.settings"):
        monkeypatch.setattr(place, lambda: known)
    yield endpoint
    await endpoint.stop()
