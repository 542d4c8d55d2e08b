"""`galley web` and `galley worker`: one process each, their servers named by the environment."""

import argparse
import asyncio
import contextlib
import logging
import signal
import socket
import sys
from pkgutil import resolve_name

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from app.settings import Settings, SettingsError, demand_secret, demand_store, settings
from app.wire import Wire

GRACE = 5  # seconds a slow client may hold up a restart
STARTUP_FAILURE = 3
NOISY = ("uvicorn", "httpx", "httpcore", "arq", "asyncio")  # httpx would log whole addresses, tokens included


class Web(uvicorn.Server):
    """uvicorn, which by itself would wait for the streams of open pages until its grace is over."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        resolve_name("app.live:live").end()
        await super().shutdown(sockets)


def web(options: argparse.Namespace) -> int:
    """Serve the desk until told to stop."""
    here = _ready_settings()
    # Once it has drained, uvicorn raises the signal again that stopped it: a stop that was asked for is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        "app.main:app",
        host=here.host,
        port=here.port,
        http=Wire,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # PROXY_HOPS decides whom to believe, in the app
        timeout_graceful_shutdown=GRACE,
        ws="none",
    )
    config.load_app()
    server = Web(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else STARTUP_FAILURE


def worker(options: argparse.Namespace) -> int:
    """Publish and generate until told to stop."""
    _ready_settings()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # the loop that `galley web` runs on
        runner.run(resolve_name("app.worker:run")())
    return 0


def _ready_settings() -> Settings:
    here = settings()
    demand_secret(here)
    demand_store(here)
    for variable, value in (("DATABASE_URL", here.database_url), ("REDIS_URL", here.redis_url)):
        if not value:
            raise SettingsError(f"{variable} is missing. Set it, or let `galley up` bring its own.")
    logging.basicConfig(level=here.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return here
