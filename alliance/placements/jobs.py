"""Background work of placements, by the name of the job."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from alliance.kit.jobs import Work
from alliance.placements import file_judging, running


async def perform_run(payload: dict[str, Any]) -> None:
    """Job `placements.run`: `{"run": id}`."""
    await running.perform(UUID(payload["run"]))


WORK: dict[str, Work] = {
    running.RUN: perform_run,
    file_judging.JUDGE: file_judging.judge_waiting,
    file_judging.JUDGE_ANEW: file_judging.judge_anew,
}
TIMES: Final = {file_judging.JUDGE_ANEW: "40 16 * * *"}
"""Cron in UTC: forty past midnight in the county, after the review."""
