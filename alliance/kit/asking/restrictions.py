"""Whose data nobody uses for a time, asked of whoever keeps it: ids and days, never a reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from uuid import UUID

import msgspec

from alliance.kit import clock


class Restriction(msgspec.Struct, frozen=True):
    """From when and until when, both days included, the use of somebody's data is restricted."""

    person: UUID
    starts: date
    until: date


Keeper = Callable[[], Awaitable[Sequence[Restriction]]]
"""Gives every restriction that ever was, in the open transaction."""


async def _nobody() -> Sequence[Restriction]:
    return ()


_keeper: Keeper = _nobody


def wire(keeper: Keeper) -> None:
    """Make this the keeper of restrictions."""
    global _keeper
    _keeper = keeper


async def every() -> Sequence[Restriction]:
    """Every restriction that ever was, cut where it was lifted, in the open transaction."""
    return await _keeper()


async def in_force() -> dict[UUID, date]:
    """Whose data are restricted today, and until when, in the open transaction."""
    today = clock.today()
    return {one.person: one.until for one in await every() if one.starts <= today <= one.until}
