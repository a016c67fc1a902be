"""Work of the night at the doors."""

from __future__ import annotations

from typing import Any, Final

from alliance.kit.edge.store import PostgresStore
from alliance.kit.engine import DB
from alliance.kit.jobs import Work
from alliance.members.doors import attempts, sessions

FORGET: Final = "members.forget_doors"


async def forget(_payload: dict[str, Any]) -> None:
    """Remove attempts, sessions and stored values that have run out."""
    await attempts.forget()
    await sessions.forget()
    await PostgresStore(DB).delete_expired()


WORK: Final[dict[str, Work]] = {FORGET: forget}
TIMES: Final = {FORGET: "10 17 * * *"}
"""Cron in UTC: ten past one in the county."""
