"""What machines ask: does this process serve, and can the hub do its work."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
from litestar import get
from litestar.response import Response

from alliance.kit.actors import SYSTEM
from alliance.kit.database import UnreachableError
from alliance.kit.edge.sessions import WITHOUT_SESSION
from alliance.kit.engine import DB
from alliance.kit.problems import Busy
from alliance.migrations import known_migrations

FOR_MACHINES = {"public": True, WITHOUT_SESSION: True}
SILENT = 60
"""Seconds after which a worker that says nothing counts as gone; it says something every ten."""
ANSWER = 5.0
_ASK = """
select (select array_agg(name) from migration where app_name = 'alliance') as migrations,
  (select extract(epoch from now() - max(seen))::int from worker_beat) as worker
"""


@get("/health", opt=FOR_MACHINES, media_type="text/plain", sync_to_thread=False)
def health() -> str:
    """Answer as long as this process serves; asks nothing else."""
    return "ok"


@get("/ready", opt=FOR_MACHINES)
async def ready() -> Response[dict[str, Any]]:
    """Say whether database, migrations and a worker are there; 503 and what is wrong where one is
    not."""
    found = await _look()
    wrong = {name: said for name, said in found.items() if said != "ok"}
    return Response(
        {"ready": not wrong, **found},
        status_code=503 if wrong else 200,
        headers={"cache-control": "no-store"},
    )


async def _look() -> dict[str, str]:
    try:
        async with asyncio.timeout(ANSWER), DB.acting_for(SYSTEM):
            row = await DB.fetch_one(_ASK) or {}
    except (
        TimeoutError,
        Busy,
        UnreachableError,
        OSError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    ) as error:
        return {
            "database": f"no answer: {type(error).__name__}",
            "migrations": "unknown",
            "worker": "unknown",
        }
    there = set(row["migrations"] or ())
    if missing := known_migrations() - there:
        migrations = f"{len(missing)} missing: run `alliance migrate`"
    else:
        migrations = (
            "the database is newer than this process" if there - known_migrations() else "ok"
        )
    silent = row["worker"]
    worker = (
        "none has begun"
        if silent is None
        else f"silent for {silent} s"
        if silent > SILENT
        else "ok"
    )
    return {"database": "ok", "migrations": migrations, "worker": worker}


ROUTES = [health, ready]
