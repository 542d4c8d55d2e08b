"""Tells Piccolo where the tables and the migrations of Galley are."""

from piccolo.conf.apps import AppConfig, table_finder

from app.settings import ROOT

APP_CONFIG = AppConfig(
    app_name="galley",
    migrations_folder_path=str(ROOT / "migrations"),
    table_classes=table_finder(["app.tables"], exclude_imported=False),
    migration_dependencies=[],
    commands=[],
)
