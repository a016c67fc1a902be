"""Background work of placements, by the name of the job."""

from __future__ import annotations

from typing import Final

from alliance.kit.jobs import Work
from alliance.placements import judging

WORK: dict[str, Work] = {
    judging.JUDGE: judging.judge_waiting,
    judging.JUDGE_ANEW: judging.judge_anew,
}
TIMES: Final = {judging.JUDGE_ANEW: "40 16 * * *"}
"""Cron in UTC: forty past midnight in the county, after the review."""
