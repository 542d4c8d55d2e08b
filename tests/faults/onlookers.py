"""People at the desk while servers break: one looks at pages all the time, one approves and remembers what was said."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import asyncpg
import httpx

from app import seals, sql
from tests.faults import posts
from tests.faults.ground import kill
from tests.faults.knocks import browser
from tests.faults.load import World

LOOK = 0.25  # seconds between two looks
PATIENCE = 20.0


@dataclass
class Onlooker:
    """`seen` counts answers by status, 0 for none. `granted` are the posts whose approval was acknowledged."""

    address: str
    headers: dict[str, str]
    here: World
    seen: Counter[int] = field(default_factory=Counter)
    granted: list[int] = field(default_factory=list)
    careless: int = 0  # 503 without Retry-After
    longest: float = 0.0  # seconds without a page
    last: float = field(default_factory=time.monotonic)

    @classmethod
    @asynccontextmanager
    async def at_a_desk(cls, here: World, environment: dict[str, str]) -> AsyncIterator[Self]:
        process, address = await here.here.web(**environment)
        assert here.here.by.person
        onlooker = cls(address, await browser(here.here.by.person), here)
        tasks = [asyncio.create_task(onlooker._look()), asyncio.create_task(onlooker._approve())]
        try:
            yield onlooker
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            process.send_signal(signal.SIGTERM)
            await kill(process)

    async def judged(self, allowed: set[int], back: float) -> list[str]:
        """What people may say against it: wrong answers, long silence, approvals that are gone."""
        wrong = [f"{n} answers of status {code}" for code, n in self.seen.items() if code not in allowed]
        if self.careless:
            wrong.append(f"{self.careless} answers of 503 without Retry-After")
        if self.longest > back:
            wrong.append(f"no page for {self.longest:.0f} s")
        kept = "SELECT count(*) FROM event WHERE about = 'post' AND move = 'approve' AND about_id = ANY($1)"
        if (found := await sql.value(kept, self.granted)) != len(self.granted):
            wrong.append(f"LOST: {len(self.granted)} approvals were acknowledged, {found} are there")
        return wrong

    def told(self) -> dict[str, Any]:
        answers = {str(code): n for code, n in sorted(self.seen.items())}
        return {"pages": answers, "approved": len(self.granted), "longest_silence": round(self.longest, 1)}

    async def _look(self) -> None:
        while True:
            answer = await self._ask("GET", "/inbox")
            if answer is not None and answer.status_code == 200:
                self.longest = max(self.longest, time.monotonic() - self.last)
                self.last = time.monotonic()
            await asyncio.sleep(LOOK)

    async def _approve(self) -> None:
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                post = await posts.in_review([], self.here.here.by)
                digest = (await seals.sealable(post.id)).digest.hex()
                sent = {"name": "approve", "version": str(post.version), "digest": digest}
                answer = await self._ask("POST", f"/posts/{post.id}/moves", data=sent)
                if answer is not None and answer.is_success:
                    self.granted.append(post.id)
            await asyncio.sleep(LOOK)

    async def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response | None:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
                answer = await client.request(method, self.address + path, headers=self.headers, **sent)
        except httpx.TransportError:
            self.seen[0] += 1
            return None
        self.seen[answer.status_code] += 1
        self.careless += answer.status_code == 503 and "retry-after" not in answer.headers
        return answer
