"""What belongs on a page about a student and is told by a later room: a template and what it shows.

The page of the earlier room asks, and includes each part below its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from alliance.kit.actors import Actor


class Section(msgspec.Struct, frozen=True):
    """A part of a page: the template finds the values by their names in `part`."""

    template: str
    part: Mapping[str, Any]


Telling = Callable[[Actor], Awaitable[Section | None]]
"""Student or guardian → the room's part of their file, None where there is nothing to tell."""
_wired: list[Telling] = []


def wire(sections: Sequence[Telling]) -> None:
    """Make these the parts of a student's file that rooms tell, in their order."""
    _wired[:] = sections


async def of_own_file(actor: Actor) -> list[Section]:
    """The parts of the reader's file that later rooms tell, in the open transaction."""
    return [part for tell in _wired if (part := await tell(actor)) is not None]
