"""Run by hand: `python -m tests.bench.pages [--posts 10000] [--seconds 8]`. Pages in numbers, beside a bare route."""

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from itertools import cycle
from pathlib import Path
from subprocess import Popen

from tests import servers
from tests.bench.load import Ask, Result, load

BARS = {"list": 150, "post": 150, "approve": 80}
P99 = 100.0
MEMORY = 170


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
    return port


def process(*words: str, **environment: str) -> Popen[bytes]:
    return Popen([sys.executable, "-m", *words], env=os.environ | environment)


async def serving(port: int, path: str) -> None:
    """Wait until a process answers."""
    for _ in range(200):
        try:
            if (await load("", port, lambda: iter([Ask(path)]), seconds=1, connections=1)).statuses:
                return
        except OSError:
            await asyncio.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port}")


def resident(number: int) -> float:
    """Resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{number}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def busy(number: int) -> float:
    """Seconds of processor a process has used."""
    ticks = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


async def metered(child: Popen[bytes], run: Awaitable[Result]) -> Result:
    """The run, with what it cost the process that served it."""
    before = busy(child.pid)
    result = await run
    result.processor = (busy(child.pid) - before) * 1000 / max(sum(result.statuses.values()), 1)
    return result


async def signed_in() -> dict[str, str]:
    """Headers of a signed-in editor's browser with htmx."""
    from app import sessions
    from app.csrf import token_for

    token = await sessions.start(2, ip="127.0.0.1", agent="bench")
    return {"Cookie": f"session={token}", "X-CSRF-Token": token_for(token), "HX-Request": "true"}


async def bench(posts: int, seconds: float) -> int:
    place = servers.announce()
    port, bare = free_port(), free_port()
    os.environ.update(PUBLIC_URL=f"http://localhost:{port}", PORT=str(port), HOST="127.0.0.1", LOG_LEVEL="WARNING")
    from app.database import pooled
    from app.migrate import migrate
    from tests.bench.seeds import seed

    try:
        async with servers.running(place.folder):
            await migrate()
            async with pooled():
                await seed(posts)
                return await with_processes(port, bare, posts, seconds)
    finally:
        servers.forget(place)


async def with_processes(port: int, bare: int, posts: int, seconds: float) -> int:
    children = [
        process("app.commands", "web"), process("tests.bench.bare", str(bare)), process("app.commands", "worker"),
    ]  # fmt: skip
    try:
        await serving(port, "/health")
        await serving(bare, "/")
        return await measure(port, bare, posts, seconds, children)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)


async def measure(port: int, bare: int, posts: int, seconds: float, children: list[Popen[bytes]]) -> int:
    from app import sql
    from tests.bench.seeds import approvable

    headers = await signed_in()
    ready = await approvable(int(seconds * 400))
    plain = {name: value for name, value in headers.items() if name != "HX-Request"}
    await load("warm", port, forever("/posts", "/posts/7"), seconds=2, headers=plain)
    before = await sql.value("SELECT count(*) FROM event WHERE move = 'approve'")
    pages = forever(*(f"/posts/{n}" for n in range(1, posts, 7)))
    runs = [
        (children[1], load("bare", bare, forever("/"), seconds=seconds)),
        (children[0], load("list", port, forever("/posts"), seconds=seconds, headers=plain)),
        (children[0], load("post", port, pages, seconds=seconds, headers=plain)),
        (children[0], load("approve", port, lambda: approvals(ready), seconds=seconds, headers=headers)),
    ]
    results = [await metered(child, run) for child, run in runs]
    made = await sql.value("SELECT count(*) FROM event WHERE move = 'approve'") - before
    await asyncio.sleep(3)
    return report(results, made, {"web": resident(children[0].pid), "worker": resident(children[2].pid)})


def forever(*paths: str) -> Callable[[], Iterator[Ask]]:
    return lambda: (Ask(path) for path in cycle(paths))


def approvals(ready: list[tuple[int, int, str]]) -> Iterator[Ask]:
    for post, version, digest in ready:
        yield Ask(f"/posts/{post}/moves", {"name": "approve", "version": str(version), "digest": digest})


def report(results: list[Result], made: int, memory: dict[str, float]) -> int:
    """Print the table; the exit code says whether every bar was cleared."""
    base, clear = results[0].rate, True
    print(f"{'':10}{'200s':>8}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>9}{'to bare':>9}{'bar':>7}  others")
    for result in results:
        bar = BARS.get(result.name, 0)
        others = {status: n for status, n in result.statuses.items() if status != 200}
        good = result.rate >= bar and (not bar or result.percentile(0.99) <= P99) and not others
        clear = clear and good
        print(
            f"{result.name:10}{result.statuses.get(200, 0):>8}{result.rate:>9.0f}{result.percentile(0.5):>9.1f}"
            f"{result.percentile(0.99):>9.1f}{result.processor:>9.2f}{result.rate / base:>9.3f}{bar or '':>7}"
            f"  {others or ''}"
        )
    counted = results[-1].statuses.get(200, 0)
    print(f"approve: {counted} answers of 200, {made} new events{'' if made == counted else '  MISMATCH'}")
    print("idle memory: " + ", ".join(f"{name} {size:.0f} MiB (bar {MEMORY})" for name, size in memory.items()))
    return 0 if clear and made == counted and max(memory.values()) <= MEMORY else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    raise SystemExit(asyncio.run(bench(options.posts, options.seconds)))
