"""Background work of members, by the name of the job."""

from __future__ import annotations

from typing import Final

from alliance.kit.jobs import Work
from alliance.members import erasing

WORK: dict[str, Work] = {
    erasing.DESTROY: erasing.destroy_keys,
    erasing.SWEEP: erasing.sweep_keys,
}
TIMES: Final = {erasing.SWEEP: "20 18 * * *"}
"""Cron in UTC: in the small hours of the county."""
