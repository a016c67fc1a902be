"""Work of a worker: one does it, a dead one is replaced, a late one writes nothing, a stopped one stops."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from alliance.advertisements.tables import AdvertisementImport
from alliance.forecasts.tables import ForecastRun
from alliance.kit.actors import SYSTEM
from alliance.kit.database import Database, UnreachableError
from alliance.kit.lease import Lease, TakenOverError
from alliance.kit.problems import Refusal
from alliance.programmes.tables import SchoolClass
from tests.world import World

RUNS = Lease(ForecastRun, "forecast", waiting="queued", working="running")
CHECKS = Lease(
    AdvertisementImport, "advertisements", waiting="queued", working="checking", most_tries=2
)
LATE = """
import asyncio, sys
from uuid import UUID
from alliance.forecasts.tables import ForecastRun
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB, connect
from alliance.kit.lease import Lease
RUNS = Lease(ForecastRun, "forecast", waiting="queued", working="running")
async def main():
    await connect(sys.argv[1]).start_connection_pool(min_size=1, max_size=2)
    held = await RUNS.claim(UUID(sys.argv[2]), "forecast")
    async with RUNS.working_on(held):
        print("began", held.attempt, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await RUNS.end(held, "done", result_digest="late")
        print("wrote", flush=True)
    print("ended", flush=True)
asyncio.run(main())
"""


async def queued(db: Database) -> UUID:
    run_id = uuid4()
    async with db.acting_for(SYSTEM):
        await ForecastRun.insert(ForecastRun(id=run_id, number=1, seed=7))
    return run_id


async def row(db: Database, run_id: UUID) -> ForecastRun:
    async with db.acting_for(SYSTEM):
        found = await ForecastRun.objects().get(ForecastRun.id == run_id)
    assert found is not None
    return found


async def worker(dsn: str, run_id: UUID) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        LATE,
        dsn,
        str(run_id),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert (await asyncio.wait_for(process.stdout.readline(), 40)).startswith(b"began")
    return process


async def test_a_run_is_begun_moved_on_and_ended(db: Database) -> None:
    run_id = await queued(db)
    held = await RUNS.claim(run_id, "freeze")
    assert held is not None
    begun = await row(db, run_id)
    assert (begun.state, begun.step, begun.attempts) == ("running", "freeze", 1)
    assert begun.started is not None
    async with db.acting_for(SYSTEM):
        # seen by everybody although the transaction around it is open
        await RUNS.progress(held, 3, 9, step="forecast")
        assert (await asyncio.create_task(row(db, run_id))).done == 3
        await RUNS.keep(held)
        await RUNS.end(held, "done", result_digest="all")
    ended = await row(db, run_id)
    assert (ended.state, ended.total, ended.result_digest) == ("done", 9, "all")
    assert ended.finished is not None
    assert await RUNS.claim(run_id) is None, "what has ended is not begun again"


async def test_what_goes_wrong_is_kept_and_waits_to_be_tried_again(db: Database) -> None:
    run_id = await queued(db)
    held = await RUNS.claim(run_id)
    assert held is not None
    with pytest.raises(UnreachableError):
        async with RUNS.working_on(held):
            raise UnreachableError("away")
    assert (await row(db, run_id)).state == "running", "says nothing about the work"
    async with RUNS.working_on(held):
        raise OSError("the disk is full")
    failed = await row(db, run_id)
    assert (failed.state, failed.error) == ("failed", "OSError: the disk is full")
    async with db.acting_for(SYSTEM):
        assert await RUNS.wait_again(run_id)
        assert not await RUNS.wait_again(run_id)
    again = await RUNS.claim(run_id)
    assert again is not None
    assert (await row(db, run_id)).error is None
    async with RUNS.working_on(again):
        raise Refusal("Too few months.")
    assert (await row(db, run_id)).error == "Too few months."


async def test_whoever_is_replaced_writes_nothing_any_more(db: Database) -> None:
    run_id = await queued(db)
    first, second = await asyncio.gather(RUNS.claim(run_id), RUNS.claim(run_id))
    assert first is not None
    assert second is not None
    late, present = sorted((first, second), key=lambda one: one.attempt)
    for attempt in (RUNS.progress(late, 1, 2), RUNS.end(late, "done")):
        with pytest.raises(TakenOverError):
            await attempt
    async with db.acting_for(SYSTEM):
        with pytest.raises(TakenOverError):
            await RUNS.keep(late)
    async with RUNS.working_on(late):
        raise OSError("of the late one")
    assert (await row(db, run_id)).state == "running"
    await RUNS.end(present, "done")
    assert (await row(db, run_id)).state == "done"


async def test_a_killed_worker_is_replaced_and_one_that_hung_comes_too_late(
    db: Database, dsn: str
) -> None:
    run_id = await queued(db)
    killed = await worker(dsn, run_id)
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    hung = await worker(dsn, run_id)
    os.kill(hung.pid, signal.SIGSTOP)
    held = await RUNS.claim(run_id)
    assert held is not None
    assert held.attempt == 3
    await RUNS.end(held, "done", result_digest="of the third")
    os.kill(hung.pid, signal.SIGCONT)
    told, _errors = await asyncio.wait_for(hung.communicate(b"\n"), 40)
    assert told.split() == [b"ended"]
    assert (await row(db, run_id)).result_digest == "of the third"


async def test_what_is_stopped_stays_stopped(db: Database) -> None:
    run_id = await queued(db)
    held = await RUNS.claim(run_id)
    assert held is not None
    async with db.acting_for(SYSTEM):
        assert await RUNS.stop(run_id, "cancelled")
    went_on = False
    async with RUNS.working_on(held):
        await RUNS.progress(held, 1, 2)
        went_on = True
    assert not went_on
    assert (await row(db, run_id)).state == "cancelled"
    async with db.acting_for(SYSTEM):
        assert not await RUNS.stop(run_id, "cancelled")
    assert await RUNS.claim(run_id) is None


async def test_what_is_begun_too_often_is_spent(db: Database, world: World) -> None:
    import_id = uuid4()
    async with db.acting_for(SYSTEM):
        await AdvertisementImport.insert(
            AdvertisementImport(
                id=import_id,
                organisation=world.organisations["centre"],
                file_name="招聘.csv",
                digest="",
                received=date(2026, 11, 30),
            )
        )
    begun = [await CHECKS.claim(import_id) for _time in range(3)]
    assert [one and (one.tries, one.spent) for one in begun] == [(1, False), (2, False), (3, True)]
    last = begun[-1]
    assert last is not None
    await CHECKS.fail(last, "broke off")
    assert await CHECKS.claim(import_id) is None


def test_a_table_that_cannot_say_how_far_its_work_is_has_none() -> None:
    with pytest.raises(ValueError, match="state"):
        Lease(SchoolClass, "class", waiting="queued", working="running")
