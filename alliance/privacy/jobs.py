"""Background work of privacy, by the name of the job."""

from __future__ import annotations

from typing import Final

from alliance.kit.jobs import Work
from alliance.privacy import retention


async def retain(_payload: dict[str, object]) -> None:
    """Job `privacy.retain`: what is due tonight goes, each kind with its proof."""
    await retention.retain()


WORK: dict[str, Work] = {retention.NIGHTLY: retain}
TIMES: Final = {retention.NIGHTLY: "30 18 * * *"}
"""Cron in UTC: half past two in the county."""
