"""Background work of rounds, by the name of the job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from alliance.kit.asking.ids import RunId
from alliance.kit.jobs import Work
from alliance.rounds import running


async def perform_run(payload: dict[str, Any]) -> None:
    """Job `placements.run`: `{"run": id}`."""
    await running.perform(RunId(UUID(payload["run"])))


WORK: dict[str, Work] = {running.RUN: perform_run}
