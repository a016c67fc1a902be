"""kill -9 of web and worker in the middle: what was confirmed is there, and the run is finished by another worker."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import asyncpg
import httpx
import pytest

from alliance.kit.database import Database
from alliance.kit.keys.secrets import Vault
from alliance.kit.postgres.embedded import PrivatePostgres
from alliance.rounds import queries, running
from tests.conftest import SECRET, Browser
from tests.rounds.rounds import open_round, ranked_round
from tests.world import World

ROOT = Path(__file__).parents[2]
SERVE = "import sys; from alliance.app import create_app; from alliance.settings import read_settings; import uvicorn;"
SERVE += " uvicorn.run(create_app(read_settings(), sys.argv[1]), port=int(sys.argv[2]), log_level='warning')"
WORK = "import asyncio, sys; from alliance.app import wire, work; from alliance.kit import jobs; from alliance.kit.engine import connect;"
WORK += """
from datetime import timedelta
async def main():
    wire()
    await connect(sys.argv[1]).start_connection_pool(min_size=1, max_size=2)
    print("ready", flush=True)
    await jobs.work_until_stopped(sys.argv[1], work(), heartbeat=timedelta(seconds=2))
asyncio.run(main())
"""


async def _python(code: str, *arguments: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "ALLIANCE_SECRET": SECRET}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=environment,
    )


async def test_every_save_that_was_confirmed_survives_the_death_of_the_web_process(
    db: Database, dsn: str, world: World
) -> None:
    round_id = await open_round(
        world, world.coordinator_centre, "centre", ["turning", "milling", "wiring"]
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await _python(SERVE, dsn, str(port))
    confirmed: list[list[str]] = []
    orders = [
        [str(world.posts[name]) for name in names]
        for names in (["turning"], ["milling", "wiring"], ["wiring", "turning", "milling"])
    ]
    async with Browser(base_url=f"http://127.0.0.1:{port}", timeout=60) as browser:
        for _ in range(600):
            try:
                await browser.get("/sign-in")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        assert (await browser.sign_in("student0.centre")).status_code == 303
        token = await browser.token()
        with pytest.raises(httpx.TransportError):
            for attempt in range(10_000):
                sent = {"posts": orders[attempt % 3], "version": str(attempt)}
                answer = await browser.post(f"/preferences/{round_id}", data=sent, headers=token)
                assert answer.status_code == 303
                confirmed.append(orders[attempt % 3])
                if attempt == 10:
                    # somewhere inside one of the next saves
                    asyncio.get_running_loop().call_later(0.1, process.kill)
    await process.wait()
    row, posts = await queries.list_of(world.actors["student0.centre"], round_id, world.students[0])
    assert row is not None
    assert len(confirmed) > 3
    # the last one may have been written and not confirmed, never the other way round
    assert row["version"] in (len(confirmed), len(confirmed) + 1)
    assert [str(post) for post in posts] == orders[(row["version"] - 1) % 3]


async def test_a_run_whose_worker_was_killed_is_finished_by_another(
    db: Database, dsn: str, server: PrivatePostgres, world: World, vault: Vault
) -> None:
    round_id = await ranked_round(world, {index: ["turning", "milling"] for index in range(12)})
    # the worker gets as far as writing the proposals and waits there
    name = dsn.split("/")[3].split("?")[0]
    barrier = await asyncpg.connect(server.dsn(name))
    hold = barrier.transaction()
    await hold.start()
    await barrier.execute("lock table proposal in access exclusive mode")
    run_id = await running.request_run(world.coordinator_centre, round_id)
    first = await _python(WORK, dsn)
    for _ in range(200):
        if (await queries.run_of(world.coordinator_centre, run_id))["step"] == "explain":
            break
        await asyncio.sleep(0.1)
    assert (await queries.run_of(world.coordinator_centre, run_id))["state"] == "running"
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()
    await hold.rollback()
    await barrier.close()
    second = await _python(WORK, dsn)
    for _ in range(300):
        if (await queries.run_of(world.coordinator_centre, run_id))["state"] == "done":
            break
        await asyncio.sleep(0.1)
    run = await queries.run_of(world.coordinator_centre, run_id)
    assert (run["state"], run["attempts"]) == ("done", 2)
    assert len(await queries.proposals(world.coordinator_centre, vault, round_id)) == 12
    second.terminate()
    await second.wait()
