"""Background work of forecasts, by the name of the job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.forecasts.runs import actions as runs
from alliance.forecasts.trust import scoring
from alliance.kit import jobs


async def perform_run(payload: dict[str, Any]) -> None:
    """Job `demand.run`: `{"run": id}`."""
    await runs.perform(UUID(payload["run"]))


async def score(_payload: dict[str, Any]) -> None:
    """Job `demand.score`: finished runs beside the months that have become complete."""
    await scoring.score_runs()


async def score_soon(_payload: dict[str, Any]) -> None:
    """Event `advertisements.stored`: what came may complete months that past runs forecast."""
    await jobs.enqueue(scoring.SCORE, {})


WORK: dict[str, jobs.Work] = {runs.RUN: perform_run, scoring.SCORE: score}
