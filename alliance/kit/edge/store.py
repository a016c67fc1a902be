"""A Litestar store kept in Postgres, so that sessions and rate limits are the same in every process
and survive restarts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar.stores.base import NamespacedStore

from alliance.kit.database import Database


class PostgresStore(NamespacedStore):
    """Keys with an expiry in the table `session_value`."""

    __slots__ = ("engine", "namespace")

    def __init__(self, engine: Database, namespace: str = "hub") -> None:
        self.engine = engine
        self.namespace = namespace

    def with_namespace(self, namespace: str) -> PostgresStore:
        """The same table under a longer prefix."""
        return PostgresStore(self.engine, f"{self.namespace}.{namespace}")

    async def set(
        self, key: str, value: str | bytes, expires_in: int | timedelta | None = None
    ) -> None:
        """Keep a value, for ever or for a time."""
        await self._fetch(
            "insert into session_value values ($1, $2, $3, now() + $4::interval)"
            " on conflict (namespace, key) do update set value = excluded.value, expires = "
            "excluded.expires",
            self.namespace,
            key,
            value.encode() if isinstance(value, str) else value,
            _span(expires_in),
        )

    async def get(self, key: str, renew_for: int | timedelta | None = None) -> bytes | None:
        """The value, unless it is missing or expired; with `renew_for` its life starts anew."""
        alive = "namespace = $1 and key = $2 and (expires is null or expires > now())"
        if renew_for is None:
            rows = await self._fetch(
                f"select value from session_value where {alive}", self.namespace, key
            )
        else:
            rows = await self._fetch(
                f"update session_value set expires = now() + $3::interval where {alive} returning "
                "value",
                self.namespace,
                key,
                _span(renew_for),
            )
        return rows[0]["value"] if rows else None

    async def delete(self, key: str) -> None:
        """Forget one key."""
        await self._fetch(
            "delete from session_value where namespace = $1 and key = $2", self.namespace, key
        )

    async def delete_all(self) -> None:
        """Forget this namespace and those below it."""
        await self._fetch(
            "delete from session_value where namespace = $1 or starts_with(namespace, $1 || '.')",
            self.namespace,
        )

    async def delete_expired(self) -> None:
        """Forget what has expired, in every namespace."""
        await self._fetch("delete from session_value where expires < now()")

    async def exists(self, key: str) -> bool:
        """Whether the key is there and alive."""
        return await self.get(key) is not None

    async def expires_in(self, key: str) -> int | None:
        """Seconds left; -1 for a key that stays; None for one that is missing."""
        rows = await self._fetch(
            "select coalesce(extract(epoch from expires - now())::int, -1) as seconds from "
            "session_value"
            " where namespace = $1 and key = $2 and (expires is null or expires > now())",
            self.namespace,
            key,
        )
        return rows[0]["seconds"] if rows else None

    async def _fetch(self, sql: str, *values: object) -> list[Any]:
        return await self.engine.fetch_alone(sql, *values)


def _span(value: int | timedelta | None) -> timedelta | None:
    return timedelta(seconds=value) if isinstance(value, int) else value
