"""How many statements a page costs, as PostgreSQL's driver is asked for them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asyncpg import Connection

from tests.visitors import Visitor


async def statements(monkeypatch: pytest.MonkeyPatch, visitor: Visitor, path: str) -> int:
    """Get `path` and count what the database was asked meanwhile."""

    async def get() -> None:
        answer = await visitor.get(path)
        assert answer.status_code == 200, answer.text

    return await counted(monkeypatch, get)


async def counted(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Awaitable[Any]]) -> int:
    """Await what `ask` makes and count what the database was asked meanwhile."""
    asked: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            patch.setattr(Connection, name, _counted(getattr(Connection, name), asked))
        await ask()
    return len(asked)


def _counted(original: Any, asked: list[str]) -> Any:
    async def counted(self: Any, statement: str, *values: Any, **more: Any) -> Any:
        asked.append(statement)
        return await original(self, statement, *values, **more)

    return counted
