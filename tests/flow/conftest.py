"""What every verb is tried on: a team, a fake platform at a real socket, and a doorbell that only remembers."""

from dataclasses import replace

import pytest

from app.atomic import doorbell
from app.doorbell import Bell
from app.piccolo_conf import DB
from app.settings import settings
from tests.makers import make_team
from tests.platforms.conftest import impatient, receiver
from tests.platforms.receiver import Receiver

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
