"""Where Piccolo's own commands find the engine and the app (PICCOLO_CONF=alliance.piccolo_conf)."""

from piccolo.conf.apps import AppRegistry

from alliance.kit.engine import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(apps=["alliance.piccolo_app"])
