"""`galley demo`: servers and a web process for as long as it takes to fill an empty desk; `galley up` opens it."""

import argparse
import asyncio
import os
import sys
from functools import partial

from app.commands_up import ALL_PARTS, answers, demand_free_port
from app.local import Wanted, say_to_stderr, servers
from app.local.folder import Folder, at, claimed, keep_secret, note_address
from app.local.programs import Program, run_once
from app.local.supervise import Kept
from app.settings import Settings, demand_secret, read

FILL = (sys.executable, "-P", "-m", "app.demo")
ENDPOINTS = ("LLM_BASE_URL", "IMAGE_BASE_URL")  # a demo costs nobody anything


def demo(options: argparse.Namespace) -> int:
    """Bring everything up but the worker, fill the desk, and say who may sign in."""
    folder = at(options.data)
    demand_free_port(options.host, options.port)
    with claimed(folder):
        environ = _environment(folder, options)
        here = read(environ)
        demand_secret(here)
        note_address(folder, here.origin)
        print(asyncio.run(_filled(folder, here, environ)), end="")
    return 0


async def _filled(folder: Folder, here: Settings, environ: dict[str, str]) -> str:
    """What the filling said, once everything is stopped again."""
    wanted = Wanted(postgres=not os.environ.get("DATABASE_URL"), valkey=not os.environ.get("REDIS_URL"))
    async with servers(folder, wanted):
        await run_once(Program("galley migrate", ALL_PARTS.migrate, environ))
        web = Kept(Program("web", ALL_PARTS.web, environ, ready=partial(_healthy, here)), say_to_stderr)
        try:
            await web.start()
            return await run_once(Program("galley demo", FILL, environ))
        finally:
            await web.stop()


async def _healthy(here: Settings, pid: int) -> bool:
    return await answers(here)


def _environment(folder: Folder, options: argparse.Namespace) -> dict[str, str]:
    """What the parts read: the caller's environment, our own servers where it names none, and no endpoints."""
    given = {name: value for name, value in os.environ.items() if value.strip() and name not in ENDPOINTS}
    ours = {"DATABASE_URL": folder.database_url, "REDIS_URL": folder.redis_url}
    environ = {**ours, **given, "HOST": options.host, "PORT": str(options.port)}
    if "SECRET_KEY" not in environ:
        environ["SECRET_KEY"] = keep_secret(folder)
    return environ
