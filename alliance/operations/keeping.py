"""Writes down what was slow in this process, so that the operations page shows it for all of
them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from alliance.kit.actors import SYSTEM
from alliance.kit.database import is_lost
from alliance.kit.engine import DB
from alliance.kit.showing.slow import SLOW

log = logging.getLogger(__name__)

PAUSE: Final = 10.0
"""Seconds between two looks; what is slow at once costs one statement, not one each."""


@contextlib.asynccontextmanager
async def keeping_slow(limit: int) -> AsyncIterator[None]:
    """Inside, statements over `limit` milliseconds are noticed and written down."""
    SLOW.limit = limit
    task = asyncio.create_task(_keep(), name="slow statements")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def write_down() -> None:
    """Write down what this process noticed since the last time."""
    found = SLOW.taken()
    if found:
        async with DB.acting_for(SYSTEM):
            await DB.execute_many(
                "insert into slow_query (at, words, ms, request) values ($1, $2, $3, $4)",
                [(one.at, one.words, one.ms, one.request) for one in found],
            )


async def _keep() -> None:
    while True:
        await asyncio.sleep(PAUSE)
        try:
            await write_down()
        except Exception as error:
            if not is_lost(error):
                raise
            log.warning("slow statements were not written down: %s", error)
