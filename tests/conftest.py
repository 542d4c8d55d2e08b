"""Fixtures of all tests. Storey 0 (PURE) sees no database; every other test gets one and leaves it empty."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from tests import servers

PLACE = servers.announce()
PURE = {"lifecycles", "platforms", "writers", "illustrators", "prose", "local"}
BROWSERS = ("chromium-headless-shell", "chromium")  # the same engine; the one without windows does a quarter less work


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "pure: needs no database, although it lies above storey 0")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        pure = item.path.relative_to(here).parts[0] in PURE or item.get_closest_marker("pure")
        if not pure and isinstance(item, pytest.Function) and "database" not in item.fixturenames:
            item.fixturenames.insert(0, "database")


def pytest_unconfigure() -> None:
    servers.forget(PLACE)


@pytest.fixture(scope="session")
def place() -> servers.Place:
    """Where this run's servers live; nothing of it is left when the run ends."""
    return PLACE


@pytest.fixture(scope="session")
async def database(place: servers.Place) -> AsyncIterator[Any]:
    """PostgreSQL and Valkey, migrated, with the pool open in the session's loop."""
    from app.database import pooled
    from app.doorbell import doorbell
    from app.migrate import migrate

    async with servers.running(place.folder) as brought:
        await migrate()
        async with pooled():
            yield brought
            await doorbell.close()


@pytest.fixture(autouse=True)
async def clean_tables(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """After each test with a database every table and the queue are empty again."""
    yield
    if "database" not in request.fixturenames:
        return
    from redis.asyncio import from_url

    from app.piccolo_conf import DB

    async with DB.pool.acquire(timeout=10) as connection:
        await connection.execute(servers.EMPTY)
    async with from_url(os.environ["REDIS_URL"]) as redis:
        await redis.flushdb()


@pytest.fixture(scope="session")
async def app(database: Any) -> AsyncIterator[Any]:
    """The whole desk, started once."""
    from app.main import create_app

    desk = create_app()
    async with servers.lifespan(desk):
        yield desk


@pytest.fixture
async def client(app: Any, place: servers.Place) -> AsyncIterator[httpx.AsyncClient]:
    """One visitor, with cookies of their own, in this test's loop."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=place.origin) as visitor:
        yield visitor


@pytest.fixture(scope="session")
async def address(app: Any, place: servers.Place) -> AsyncIterator[str]:
    """The desk at a real port, for browsers."""
    async with servers.served(app, place.door):
        yield place.origin


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium. Missing, it skips; on CI nothing may be skipped, so there it fails."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("Chromium is missing.")
    if found is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        chromium = await playwright.chromium.launch(executable_path=found, args=arguments)
        yield chromium
        await chromium.close()
