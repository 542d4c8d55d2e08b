"""The scripted endpoint, started once."""

from collections.abc import AsyncIterator

import pytest

from tests.writers.endpoint import Endpoint


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    await endpoint.start()
    yield endpoint
    await endpoint.stop()


@pytest.fixture
def endpoint(running: Endpoint) -> Endpoint:
    running.forget()
    return running
