"""The hub's one Piccolo app: every table, one folder of migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="alliance",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=table_finder(
        modules=[
            "alliance.kit.tables",
            "alliance.reference.tables",
            "alliance.members.tables",
            "alliance.access.tables",
            "alliance.members.doors.tables",
            "alliance.notices.tables",
            "alliance.compliance.tables",
            "alliance.programmes.tables",
            "alliance.posts.tables",
            "alliance.posts.host_tables",
            "alliance.placements.tables",
            "alliance.placements.file_tables",
            "alliance.privacy.tables",
            "alliance.demand.tables",
            "alliance.planning.tables",
        ]
    ),
)
