"""Assembles the web process: every door, the guard before it, the front door around all. `galley web` serves it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar
from litestar.plugins.htmx import HTMXPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from app.access import admit
from app.assets import asset
from app.database import ANSWER_SECONDS, pooled
from app.doorbell import doorbell
from app.doors import DOORS, Door
from app.front_door import FrontDoor
from app.live import live
from app.pages.errors import problem
from app.settings import ROOT

MIB = 2**20


def create_app(*more: Door) -> Litestar:
    """The whole desk as an ASGI app, with `more` doors; its lifespan opens and closes the connection pool."""
    desk = Litestar(
        route_handlers=[*DOORS, *more],
        guards=[admit],
        exception_handlers={Exception: problem},
        lifespan=[_running],
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(templates())),
        plugins=[HTMXPlugin()],
        request_max_body_size=MIB,  # Upload doors raise it to 25 MiB for themselves.
        logging_config=None,
        openapi_config=None,  # app/api/document.py has its own
        debug=False,
    )
    # Around the router and its error handling: unknown addresses and errors get the same headers.
    desk.asgi_handler = FrontDoor(desk.asgi_handler, problem)
    return desk


def templates() -> Environment:
    """Jinja as all pages see it."""
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = asset
    environment.globals["remembered"] = lru_cache(4096)
    return environment


@asynccontextmanager
async def _running(desk: Litestar) -> AsyncIterator[None]:
    async with pooled(answers_within=ANSWER_SECONDS):
        yield
        live.end()
    await doorbell.close()


def __getattr__(name: str) -> Any:
    """`app`, made when a server asks for it, so that importing this module starts nothing."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = create_app()
    _settle()
    return globals()["app"]


def _settle() -> None:
    """What was imported and built stays for good: the collector need not look at it on every page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
