"""What machines are told, and what readers are told when the hub has too much to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from litestar import Litestar

from alliance.kit.actors import SYSTEM
from alliance.kit.edge import health
from alliance.kit.engine import DB
from alliance.kit.problems import Busy, refusal_of


async def beat(age: int) -> None:
    async with DB.acting_for(SYSTEM):
        await DB.connection().execute("delete from worker_beat")
        await DB.connection().execute(
            "insert into worker_beat (worker, host, started, seen) values (gen_random_uuid(), 'here', now(), now() - $1 * interval '1 second')",
            age,
        )


async def test_ready_says_what_is_wrong_and_health_asks_nobody(
    app: Litestar, browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browse() as browser:
        answer = await browser.get("/ready")
        assert (answer.status_code, answer.json()["worker"]) == (503, "none has begun")
        await beat(5)
        answer = await browser.get("/ready")
        assert (answer.status_code, answer.json()) == (
            200,
            {"ready": True, "database": "ok", "migrations": "ok", "worker": "ok"},
        )
        await beat(300)
        answer = await browser.get("/ready")
        assert answer.status_code == 503
        assert answer.json()["worker"].startswith("silent for 30")
        await beat(1)
        monkeypatch.setattr(health, "known_migrations", lambda: frozenset({"of tomorrow"}))
        answer = await browser.get("/ready")
        assert (answer.status_code, answer.json()["migrations"]) == (
            503,
            "1 missing: run `alliance migrate`",
        )

        async def nobody() -> None:
            raise Busy

        monkeypatch.setattr(DB, "lend", nobody)
        answer = await browser.get("/ready")
        assert (answer.status_code, answer.json()["database"]) == (503, "no answer: Busy")
        answer = await browser.get("/health", headers={"cookie": "hub_session=somebody"})
        assert (answer.status_code, answer.text) == (200, "ok")


async def test_who_finds_no_free_connection_is_told_to_come_again(
    app: Litestar, browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browse("hr.precision") as browser:
        async with DB.acting_for(SYSTEM):
            said = {
                name: await DB.fetch_value(f"show {name}")
                for name in ("statement_timeout", "lock_timeout")
            }
        assert said == {"statement_timeout": "20s", "lock_timeout": "5s"}
        monkeypatch.setattr(DB, "patience", 0.05)
        assert DB.pool is not None
        taken = [await DB.pool.acquire() for _ in range(6)]
        answer = await browser.get("/posts")
        for connection in taken:
            await DB.pool.release(connection)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "10"
        assert "very busy" in answer.text
    assert isinstance(refusal_of(asyncpg.QueryCanceledError("statement timeout")), Busy)
