"""Who still needs a post, a person and the like: a sentence of the first room that does, or none.

A room asks before it takes back, deletes or erases; later rooms declare in `Room.holders` what they
hold, by kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

Holder = Callable[[UUID], Awaitable[str | None]]
"""Id → the sentence why it is still needed, or None, in the open transaction."""
_wired: dict[str, list[Holder]] = {}


def wire(declared: Sequence[Mapping[str, Holder]]) -> None:
    """Make these the process's holders, by kind, in the order of the rooms."""
    _wired.clear()
    for of_room in declared:
        for kind, holder in of_room.items():
            # who builds on a thing last has most to lose, and speaks first
            _wired.setdefault(kind, []).insert(0, holder)


async def needed(kind: str, identifier: UUID) -> str | None:
    """The first sentence with which a room says that it still needs this, or None, in the open
    transaction."""
    for holder in _wired.get(kind, ()):
        if sentence := await holder(identifier):
            return sentence
    return None
