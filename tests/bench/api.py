"""Run by hand: `python -m tests.bench.api [--posts 2000] [--seconds 8]`. JSON doors in numbers, beside a bare route.

Posts accepted, posts read, the public list and its 304 at 4 connections through one web process, and how soon a
callback is acknowledged at 50 a second.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from subprocess import Popen

from tests import servers
from tests.bench.load import Ask, Result, load
from tests.bench.pages import busy, forever, free_port, metered, process, resident, serving

BARS = {"accept": 70, "public list": 300, "public 304": 1000}
ACK_P99, ACKS = 100.0, 50
LINE = "{:14}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}  {}"
HEAD = ("", "answers", "per s", "p50 ms", "p99 ms", "cpu ms", "to bare", "bar", "others")


async def bench(posts: int, seconds: float) -> int:
    place = servers.announce()
    port, bare = free_port(), free_port()
    os.environ.update(PUBLIC_URL=f"http://localhost:{port}", PORT=str(port), HOST="127.0.0.1", LOG_LEVEL="WARNING",
                      API_RATE="100000000")  # fmt: skip
    from app.database import pooled
    from app.migrate import migrate
    from tests.bench.seeds import seed

    try:
        async with servers.running(place.folder):
            await migrate()
            async with pooled():
                await seed(posts)
                return await with_processes(port, bare, seconds)
    finally:
        servers.forget(place)


async def with_processes(port: int, bare: int, seconds: float) -> int:
    children = [process("app.commands", "web"), process("tests.bench.bare_json", str(bare))]
    try:
        await serving(port, "/health")
        await serving(bare, "/")
        return await measure(port, bare, seconds, children)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)


async def measure(port: int, bare: int, seconds: float, children: list[Popen[bytes]]) -> int:
    key, caller = await prepared()
    web = children[0]
    tag = await etag(port, "/api/public/posts")
    fresh = {"If-None-Match": tag}
    read = forever(*(f"/api/posts/{n}" for n in range(1, 500, 7)))
    runs = [
        (children[1], load("bare", bare, forever("/"), seconds=seconds)),
        (web, load("accept", port, accepted, seconds=seconds, headers=key)),
        (web, load("read", port, read, seconds=seconds, headers=key)),
        (web, load("public list", port, forever("/api/public/posts"), seconds=seconds)),
        (web, load("public 304", port, forever("/api/public/posts"), seconds=seconds, headers=fresh)),
    ]
    results = [await metered(child, run) for child, run in runs]
    before = busy(web.pid)
    acks = await acknowledged(port, caller, seconds)
    acks.processor = (busy(web.pid) - before) * 1000 / max(1, sum(acks.statuses.values()))
    return report([*results, acks], resident(web.pid))


READABLE = """
WITH told AS (SELECT s.id, json_build_object('post', s.post, 'title', r.title, 'slug', r.slug, 'excerpt', r.excerpt,
    'body', r.body, 'body_html', r.body_html, 'pictures', '[]'::json)::text AS content
  FROM seal s JOIN revision r ON r.id = s.revision WHERE s.id IN (SELECT live_seal FROM delivery))
UPDATE seal SET content = told.content, digest = sha256(convert_to(told.content, 'UTF8')) FROM told
WHERE seal.id = told.id
"""


async def prepared() -> tuple[dict[str, str], tuple[str, str]]:
    """A key's header, and a webhook channel's path and secret."""
    from app import api_keys, channels, sql
    from app.lifecycles.machine import By
    from tests.hooks.calling import make_caller

    owner = await sql.value("SELECT id FROM person WHERE role IN ('editor', 'admin') ORDER BY id LIMIT 1")
    scopes = ("read", "write", "publish", "publish_unreviewed")
    _, token = await api_keys.issue("bench", scopes, owner=owner, by=By("person", person=owner, role="editor"))
    await sql.run(READABLE)
    channel, secret = await make_caller()
    return {"Authorization": f"Bearer {token}"}, (f"/hooks/{channels.hook_token(channel.id)}", secret)


def accepted() -> Iterator[Ask]:
    """Posts to publish tomorrow, each another one."""
    for number in count():
        wish = {"title": f"Bench {number}", "body": "Twelve hours in the fridge. " * 60, "profiles": [2],
                "scheduled_at": "2199-01-01T00:00:00Z"}  # fmt: skip
        yield Ask("/api/posts", json=json.dumps({"post": wish}).encode())


async def etag(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    return next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("etag:"))


async def acknowledged(port: int, caller: tuple[str, str], seconds: float) -> Result:
    """Callbacks at ACKS a second, each on its own time whatever became of the one before."""
    from app.signing import signed_headers

    path, secret = caller
    result = Result("callback", seconds, {}, [])
    tasks = []
    for number in range(int(ACKS * seconds)):
        body = json.dumps({"type": "delivery.published", "data": {"delivery_id": f"dlv_{number}"}}).encode()
        signed = signed_headers(secret, id=f"msg_{number}", at=datetime.now(UTC), body=body)
        ask = Ask(path, json=body, headers=signed)
        tasks.append(asyncio.create_task(load("", port, partial(iter, [ask]), seconds=5, connections=1)))
        await asyncio.sleep(1 / ACKS)
    for answered in await asyncio.gather(*tasks):
        result.latencies += answered.latencies
        for status, times in answered.statuses.items():
            result.statuses[status] = result.statuses.get(status, 0) + times
    return result


def report(results: list[Result], memory: float) -> int:
    """Print the table; the exit code says whether every bar was cleared."""
    base, clear = rate(results[0]), True
    print(LINE.format(*HEAD))
    for result in results:
        bar = BARS.get(result.name, 0)
        good = rate(result) >= bar and all(status < 400 for status in result.statuses)
        good = good and (result.name != "callback" or result.percentile(0.99) <= ACK_P99)
        clear = clear and good
        times = (f"{result.percentile(share):.1f}" for share in (0.5, 0.99))
        print(
            LINE.format(
                result.name, sum(result.statuses.values()), f"{rate(result):.0f}", *times, f"{result.processor:.2f}",
                f"{rate(result) / base:.3f}", bar or "", result.statuses if good else f"{result.statuses} MISSED",
            )
        )  # fmt: skip
    print(f"web process: {memory:.0f} MiB")
    return 0 if clear else 1


def rate(result: Result) -> float:
    return sum(result.statuses.values()) / result.seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    raise SystemExit(asyncio.run(bench(options.posts, options.seconds)))
