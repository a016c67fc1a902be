"""Background work of demand, by the name of the job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.demand import importing, runs, scoring, skill_reading
from alliance.kit import jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.jobs import Work


async def check(payload: dict[str, Any]) -> None:
    """Job `demand.check`: `{"import": id}`."""
    await importing.check(UUID(payload["import"]))


async def store(payload: dict[str, Any]) -> None:
    """Job `demand.store`: `{"import": id}`. What it brings may complete months that past runs forecast."""
    await importing.store(UUID(payload["import"]))
    async with DB.acting_for(SYSTEM):
        await jobs.enqueue(scoring.SCORE, {})


async def perform_run(payload: dict[str, Any]) -> None:
    """Job `demand.run`: `{"run": id}`."""
    await runs.perform(UUID(payload["run"]))


async def read_skills(_payload: dict[str, Any]) -> None:
    """Job `demand.read_skills`."""
    await skill_reading.read_again()


async def score(_payload: dict[str, Any]) -> None:
    """Job `demand.score`: finished runs beside the months that have become complete."""
    await scoring.score_runs()


WORK: dict[str, Work] = {
    importing.CHECK: check,
    importing.STORE: store,
    runs.RUN: perform_run,
    scoring.SCORE: score,
    skill_reading.READ_AGAIN: read_skills,
}
