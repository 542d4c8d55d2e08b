"""Assembles the web process: every door, the guard before it, the front door around all. `galley web` serves it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Router
from litestar.handlers import BaseRouteHandler
from litestar.plugins.htmx import HTMXPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from app.access import admit
from app.assets import asset, static_router
from app.database import ANSWER_SECONDS, pooled
from app.doorbell import doorbell
from app.front_door import FrontDoor
from app.hooks import callbacks
from app.pages import (
    blog,
    calendar,
    changes,
    channels,
    connecting,
    deliveries,
    editing,
    feeds,
    forecast,
    freezing,
    inbox,
    item,
    lifecycle,
    log,
    media,
    moves,
    people,
    pictures,
    plain,
    planning,
    posts_list,
    rehearsal,
    restored,
    sandbox,
    setup,
    sign_in,
    workspace,
)
from app.pages import settings as own_settings
from app.pages.errors import problem
from app.settings import ROOT

Door = BaseRouteHandler | Router
MIB = 2**20

# Every door of the desk. A new one is added here, and gets its line in app/access.py.
DOORS: list[Door] = [
    plain.home,
    plain.health,
    plain.ready,
    plain.robots,
    plain.csp_report,
    static_router(),
    setup.set_up_page,
    setup.set_up,
    setup.join_page,
    setup.join,
    sign_in.sign_in_page,
    sign_in.sign_in,
    sign_in.sign_out,
    own_settings.settings_door,
    own_settings.me_page,
    own_settings.save_me,
    own_settings.change_password,
    own_settings.end_session,
    own_settings.keyboard_page,
    own_settings.save_keyboard,
    own_settings.switch_theme,
    own_settings.shortcuts,
    workspace.workspace_page,
    workspace.save_workspace,
    people.people_page,
    people.invite,
    people.set_role,
    people.link_again,
    people.disable,
    people.enable,
    freezing.freeze_page,
    freezing.stop,
    freezing.lift,
    restored.restored_page,
    restored.check_all,
    restored.check,
    restored.ask_live,
    restored.live,
    inbox.inbox_page,
    calendar.calendar_page,
    posts_list.posts_page,
    lifecycle.lifecycle_page,
    planning.new_page,
    planning.create,
    planning.plan_page,
    planning.save_plan,
    item.item_page,
    item.item_card,
    moves.ask,
    moves.make,
    editing.edit_page,
    editing.save,
    editing.preview,
    editing.autosave,
    pictures.upload,
    pictures.draw,
    changes.changes_page,
    deliveries.delivery_page,
    deliveries.ask,
    deliveries.make,
    blog.blog,
    blog.blog_post,
    feeds.rss,
    feeds.json_feed,
    feeds.sitemap,
    media.media,
    channels.channels_page,
    channels.channel_page,
    channels.change,
    channels.test,
    channels.ask_disconnect,
    channels.disconnect,
    connecting.connect_page,
    connecting.connect,
    rehearsal.rehearsal_page,
    rehearsal.play,
    rehearsal.clear,
    sandbox.sandbox_list,
    sandbox.sandbox_make,
    sandbox.sandbox_item,
    sandbox.sandbox_token,
    callbacks.callback,
    log.log_page,
    forecast.forecast_page,
    forecast.forecast_json,
]


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
        openapi_config=None,
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
    return environment


@asynccontextmanager
async def _running(desk: Litestar) -> AsyncIterator[None]:
    async with pooled(answers_within=ANSWER_SECONDS):
        yield
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
