"""Counts the boundaries a process crosses and strikes at one of them; knows only names and numbers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Strike = Callable[["Gate"], Awaitable[None]]


@dataclass
class Gate:
    """`at` is called at every boundary, before it is crossed. Not armed, it lets everything pass uncounted."""

    fruitful: set[str] = field(default_factory=set)  # statements that have changed a row, for the watches
    names: list[str] = field(default_factory=list)
    struck: asyncio.Event = field(default_factory=asyncio.Event)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    when: float = 0.0  # of the strike, monotonic
    _armed: bool = False
    _target: tuple[str, int] = ("", 0)
    _strike: Strike | None = None

    def arm(self, target: tuple[str, int] | None, strike: Strike) -> None:
        """From now on count; call `strike` at the so-manieth boundary of that name. None only counts."""
        self.names, self.struck, self.freed = [], asyncio.Event(), asyncio.Event()
        self._target, self._strike = target or ("", 0), strike
        self._armed, self.when = True, 0.0

    def disarm(self) -> None:
        self._armed = False
        self.freed.set()

    async def at(self, name: str) -> None:
        if not self._armed or self.struck.is_set():
            return
        self.names.append(name)
        if self._strike and (name, self.names.count(name)) == self._target:
            self.when = time.monotonic()
            self.struck.set()
            await self._strike(self)


def counted(names: list[str]) -> list[tuple[str, int]]:
    """Each boundary by its name and how often that name had come by then: the same in every run, as a number is not."""
    return [(name, names[: at + 1].count(name)) for at, name in enumerate(names)]
