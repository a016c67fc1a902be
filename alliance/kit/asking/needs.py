"""Which organisations count on a thing until a day, so that it changes only with their consent.

A room asks before it changes what later rooms build on; these declare in `Room.needs` who counts
on what they hold, by kind. `holders` says in one sentence that a thing is needed, this says by
whom.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec


class Need(msgspec.Struct, frozen=True):
    """An organisation that counts on a thing between two days."""

    organisation: UUID
    name: str
    """Of the organisation."""
    title: str
    """What of theirs counts on it; empty where that is people only."""
    starts: date
    ends: date
    wishing: int
    """People who wish for it and have no answer yet."""
    placed: int
    """People who are promised it."""


Asked = Callable[[UUID], Awaitable[Sequence[Need]]]
"""Id → who counts on it, in the open transaction."""
_wired: dict[str, list[Asked]] = {}


def wire(declared: Sequence[Mapping[str, Asked]]) -> None:
    """Make these the process's askings, by kind, in the order of the rooms."""
    _wired.clear()
    for of_room in declared:
        for kind, asked in of_room.items():
            _wired.setdefault(kind, []).append(asked)


async def of(kind: str, identifier: UUID) -> list[Need]:
    """Who counts on this, room by room, in the open transaction."""
    return [need for asked in _wired.get(kind, ()) for need in await asked(identifier)]
