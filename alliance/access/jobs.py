"""What the worker does for the access log: seal it every minute, drop what was kept for its term
every night."""

from __future__ import annotations

from typing import Any

from alliance.access import sealing
from alliance.kit.actors import SYSTEM
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import present_vault


async def seal(_payload: dict[str, Any]) -> None:
    """Seal what no block holds yet, with the secret of this hub."""
    await sealing.seal(present_vault())


async def drop_old(_payload: dict[str, Any]) -> None:
    """Drop entries that were kept for the term of the log."""
    async with DB.acting_for(SYSTEM):
        await DB.fetch_value("select drop_old_access()")


WORK = {"access.seal": seal, "access.drop_old": drop_old}
TIMES = {"access.seal": "* * * * *", "access.drop_old": "40 18 * * *"}
