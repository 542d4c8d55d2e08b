"""Piccolo's engine, made from the settings; app.database opens its pool, everybody else only asks it."""

from piccolo.conf.apps import AppRegistry
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
        },
    },
    extensions=(),
)

APP_REGISTRY = AppRegistry(apps=["app.piccolo_app"])
