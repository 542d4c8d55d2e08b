"""Whoever does not give up: a person who clicks until they see it done, a platform that calls until it is heard."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from app import channels, seals, sessions
from app.csrf import token_for
from app.flow import plan
from app.platforms.sandbox import callback_secret
from app.signing import signed_headers
from tests.faults.flows import Job
from tests.faults.oracle import TOKEN

PATIENCE = 4.0  # seconds for one answer


@dataclass
class Knocker:
    """Repeats one request until it is answered for good. `statuses` is what came, 0 for no answer."""

    address: Callable[[], str]
    statuses: list[int] = field(default_factory=list)
    granted: bool = False

    async def click(self, job: Job) -> None:
        """Read the post, click, and when no answer comes look again before clicking again."""
        assert job.click and job.by.person
        before = await plan.load(job.post)
        headers = await browser(job.by.person)
        while (row := await plan.load(job.post)).status == before.status and not self.granted:
            seen = {"version": str(row.version), "digest": (await seals.sealable(row.id)).digest.hex()}
            await self._knock(f"/posts/{job.post}/moves", headers, data=job.click | seen)

    async def call(self, job: Job) -> None:
        """A callback under one id, repeated until a 2xx."""
        assert job.callback
        token = channels.hook_token(job.channel)
        while not self.granted:
            now = datetime.now(UTC)
            body = json.dumps(job.callback | {"timestamp": now.isoformat()}).encode()
            signed = signed_headers(callback_secret(TOKEN), id=f"call-{job.post}", at=now, body=body)
            await self._knock(f"/hooks/{token}", signed | {"content-type": "application/json"}, content=body)

    async def _knock(self, path: str, headers: dict[str, str], **sent: Any) -> None:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
                answer = await client.post(self.address() + path, headers=headers, **sent)
            self.statuses.append(answer.status_code)
            self.granted = answer.is_success
        except httpx.TransportError:
            self.statuses.append(0)
        if not self.granted:
            await asyncio.sleep(0.3)


async def browser(person: int) -> dict[str, str]:
    """The headers of somebody's signed-in browser with htmx."""
    token = await sessions.start(person, ip="127.0.0.1", agent="faults")
    return {"cookie": f"session={token}", "x-csrf-token": token_for(token), "hx-request": "true"}
