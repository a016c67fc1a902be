"""Background work of compliance, by the name of the job, and when it starts by itself."""

from __future__ import annotations

from typing import Final

from alliance.compliance.review import review_all
from alliance.kit.jobs import Work

WORK: dict[str, Work] = {"compliance.review": review_all}
TIMES: Final = {"compliance.review": "10 16 * * *"}
"""Cron in UTC: ten past midnight in the county, when ages and periods have moved on by a day."""
