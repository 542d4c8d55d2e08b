"""Piccolo's engine, made from the settings; app.database opens its pool, everybody else only asks it."""

from pkgutil import resolve_name
from typing import Any

from piccolo.engine.postgres import PostgresEngine

from app.settings import settings


class QuietEngine(PostgresEngine):
    """Piccolo's engine connects when it is made, to read the version: an import must not need a database."""

    async def check_version(self) -> None:
        """`galley migrate` and `galley doctor` ask for the version instead."""


DB = QuietEngine(
    config={
        "dsn": settings().database_url or None,
        # A transaction that was forgotten gives its row locks back, whatever happened to the task that opened it.
        "server_settings": {
            "application_name": "galley",
            "idle_in_transaction_session_timeout": "30000",
            "statement_timeout": "20000",
            "jit": "off",  # our statements are short: compiling one costs more than running it
        },
    },
    extensions=(),
)


def __getattr__(name: str) -> Any:
    """The registry, when migrations ask: its module loads a code formatter that web and worker never use."""
    if name == "APP_REGISTRY":
        return resolve_name("piccolo.conf.apps:AppRegistry")(apps=["app.piccolo_app"])
    raise AttributeError(name)
