"""Background work of privacy, by the name of the job."""

from __future__ import annotations

from typing import Final

from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.jobs import Work
from alliance.privacy import retention


async def retain(_payload: dict[str, object]) -> None:
    """Job `privacy.retain`: what is due tonight goes, each kind with its proof."""
    await retention.retain()


async def drop_old_access(_payload: dict[str, object]) -> None:
    """Job `access.drop_old`: drop readings that were logged for the term of the log, but of whom a
    hold keeps."""
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value("select drop_old_access()")


WORK: dict[str, Work] = {retention.NIGHTLY: retain, "access.drop_old": drop_old_access}
TIMES: Final = {retention.NIGHTLY: "30 18 * * *", "access.drop_old": "40 18 * * *"}
"""Cron in UTC: half past two in the county, and ten minutes later."""
