"""What the worker does for the access log: seal it every minute, drop what was kept for its term every night."""

from __future__ import annotations

from typing import Any

from alliance.access import sealing
from alliance.kit import jobs
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.secrets import Vault


def work(vault: Vault) -> dict[str, jobs.Work]:
    """The jobs of the log, with the vault that marks its blocks."""

    async def seal(_payload: dict[str, Any]) -> None:
        await sealing.seal(vault)

    async def drop(_payload: dict[str, Any]) -> None:
        async with DB.acting_for(SYSTEM):
            await DB.fetch_value("select drop_old_access()")

    return {"access.seal": seal, "access.drop_old": drop}


TIMES = {"access.seal": "* * * * *", "access.drop_old": "40 18 * * *"}
