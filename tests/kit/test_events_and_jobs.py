"""Events reach each subscriber once; jobs live and die with their transaction; a dead worker's job is taken over."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from alliance.app import subscriptions
from alliance.kit import events, feed, jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database
from alliance.kit.postgres.embedded import PrivatePostgres
from tests.world import World

SLOW_WORKER = """
import asyncio, sys
from datetime import timedelta
from alliance.kit import jobs
from alliance.kit.engine import DB, connect
async def slow(payload):
    print("took", payload["n"], flush=True)
    await asyncio.sleep(float(sys.argv[2]))
    if sys.argv[3:]:
        async with DB.transaction():
            await DB.fetch_value("select 1")
    print("did", payload["n"], flush=True)
async def main():
    await connect(sys.argv[1]).start_connection_pool(min_size=1, max_size=2)
    await jobs.work_until_stopped(sys.argv[1], {"slow": slow}, heartbeat=timedelta(seconds=2))
asyncio.run(main())
"""


async def _worker(dsn: str, seconds: str, *more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SLOW_WORKER,
        dsn,
        seconds,
        *more,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 40)).decode().strip()


async def test_an_event_is_delivered_once_to_each_and_a_failing_subscriber_repeats_alone(
    db: Database, world: World
) -> None:
    heard: list[str] = []
    fails = [True]

    async def good(payload: dict[str, Any]) -> None:
        heard.append(f"good {payload['post']}")

    async def shaky(payload: dict[str, Any]) -> None:
        if fails.pop() if fails else False:
            raise OSError("not now")
        heard.append(f"shaky {payload['post']}")

    events.wire(events.Subscriptions({"post.published": {"good": good, "shaky": shaky}}))
    try:
        async with db.acting_for(world.hr_precision):
            await events.publish("post.published", {"post": "p1"})
        async with db.acting_for(SYSTEM):
            event = await db.fetch_value("select id from event")
            assert await db.fetch_value("select count(*) from pgqueuer") == 1
        await events.deliver(event)
        async with db.acting_for(SYSTEM):
            failed = await db.fetch_one(
                "select attempts, error, acknowledged from event_delivery where subscriber = 'shaky'"
            )
            assert failed == {"attempts": 1, "error": "not now", "acknowledged": None}
            assert await db.fetch_value("select count(*) from pgqueuer") == 2
        await events.deliver(event)
        await events.deliver(event)
        assert heard == ["good p1", "shaky p1"]
    finally:
        events.wire(subscriptions())


async def test_a_rolled_back_transaction_leaves_neither_job_nor_notice(db: Database) -> None:
    with pytest.raises(ValueError, match="no"):
        async with db.acting_for(SYSTEM):
            await jobs.enqueue("slow", {"n": 1})
            await feed.say("topic")
            raise ValueError("no")
    async with db.acting_for(SYSTEM):
        assert await db.fetch_value("select count(*) from pgqueuer") == 0


async def test_a_killed_workers_job_is_done_by_another(db: Database, dsn: str) -> None:
    async with db.acting_for(SYSTEM):
        await jobs.enqueue("slow", {"n": 7})

    first = await _worker(dsn, "60")
    assert await _line(first) == "took 7"
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()
    second = await _worker(dsn, "0")
    assert await _line(second) == "took 7"
    assert await _line(second) == "did 7"
    await asyncio.sleep(0.5)
    second.terminate()
    assert await asyncio.wait_for(second.wait(), 20) == 0
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value("select count(*) from pgqueuer where status <> 'successful'") == 0
        )


async def test_what_a_person_waits_for_goes_before_a_backlog_that_is_taken_a_few_at_a_time(
    db: Database, dsn: str
) -> None:
    async with db.acting_for(SYSTEM):
        for number in range(6):
            await jobs.enqueue("slow", {"n": number})
        await jobs.enqueue("slow", {"n": 99}, priority=jobs.WAITED_FOR)
    worker = await _worker(dsn, "1")
    lines = [await _line(worker) for _line_wanted in range(jobs.AT_ONCE + 1)]
    worker.kill()
    await worker.wait()
    assert lines[0] == "took 99"
    assert [line.split()[0] for line in lines] == ["took"] * jobs.AT_ONCE + ["did"]


async def test_a_worker_outlives_the_restart_of_the_database_and_does_the_job_at_hand_again(
    db: Database, dsn: str, server: PrivatePostgres
) -> None:
    async with db.acting_for(SYSTEM):
        await jobs.enqueue("slow", {"n": 1})
    worker = await _worker(dsn, "2", "asks")
    assert await _line(worker) == "took 1"
    server.stop()
    await asyncio.sleep(3)
    server.start()
    assert await _line(worker) == "took 1", "the database was away when the job asked it something"
    assert await _line(worker) == "did 1"
    async with db.acting_for(SYSTEM):
        await jobs.enqueue("slow", {"n": 2})
    assert [await _line(worker), await _line(worker)] == ["took 2", "did 2"]
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value(
                "select count(*) from worker_beat where seen > now() - interval '30 s'"
            )
            == 1
        )
    await asyncio.sleep(0.5)
    worker.terminate()
    assert await asyncio.wait_for(worker.wait(), 20) == 0
    async with db.acting_for(SYSTEM):
        assert (
            await db.fetch_value("select count(*) from pgqueuer where status <> 'successful'") == 0
        )
        assert await db.fetch_value("select count(*) from worker_beat") == 0


async def test_the_feed_hears_again_after_its_connection_was_cut(db: Database, dsn: str) -> None:
    import asyncpg

    async with feed.Feed(
        lambda: asyncpg.connect(dsn, server_settings={"application_name": "feed"})
    ).running() as heard:
        await asyncio.wait_for(heard.listening.wait(), 5)
        with heard.reading("run:1") as queue:
            async with db.acting_for(SYSTEM):
                await feed.say("run:1")
                await feed.say("run:2")
            assert await asyncio.wait_for(queue.get(), 5) == "run:1"
            async with db.acting_for(SYSTEM):
                await db.execute_many(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1",
                    [("feed",)],
                )
            await asyncio.sleep(0.3)
            await asyncio.wait_for(heard.listening.wait(), 10)
            async with db.acting_for(SYSTEM):
                await feed.say("run:1")
            assert await asyncio.wait_for(queue.get(), 5) == "run:1"
            assert queue.empty()
