"""The one database engine of this process; `connect` points it at a server before the pool
opens."""

from __future__ import annotations

from alliance.kit.database import Database

DB = Database(config={"dsn": "postgresql:///unset"})


def connect(dsn: str) -> Database:
    """Point the engine at a server; the pool, once opened, serves every table."""
    DB.config = {"dsn": dsn}
    return DB
