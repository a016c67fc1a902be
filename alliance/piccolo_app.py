"""The hub's one Piccolo app: every table of the rooms in their order, one folder of migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

from alliance.app import ROOMS

APP_CONFIG = AppConfig(
    app_name="alliance",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=table_finder(
        modules=[module.__name__ for room in ROOMS for module in room.tables]
    ),
)
