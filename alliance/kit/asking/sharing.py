"""What students agreed to and objected to, and what a host keeps of earlier interns, asked of
whoever keeps it: nothing is passed to a host without a consent in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date
from uuid import UUID

import msgspec

Consents = Callable[[str, Collection[UUID]], Awaitable[set[UUID]]]
"""(purpose, students) → those who agreed, in the open transaction."""
Objectors = Callable[[Collection[UUID]], Awaitable[set[UUID]]]
"""Students → those who do not want to be decided upon by machine alone, in the open transaction."""


class PastIntern(msgspec.Struct, frozen=True, kw_only=True):
    """A placement of which the host keeps the fact: nobody is named, and whose data are restricted
    has no pseudonym."""

    placement: UUID
    school: UUID
    school_name: str
    title: str
    pseudonym: str
    starts: date
    ends: date


Past = Callable[[], Awaitable[Sequence[PastIntern]]]
"""The placements at the reader's enterprise that were not cancelled and that it sees no more, the
latest first, in the open transaction."""


async def _nobody_agreed(_purpose: str, _students: Collection[UUID]) -> set[UUID]:
    return set()


async def _nobody_objected(_students: Collection[UUID]) -> set[UUID]:
    return set()


async def _nobody_past() -> Sequence[PastIntern]:
    return ()


_consents: Consents = _nobody_agreed
_objectors: Objectors = _nobody_objected
_past: Past = _nobody_past


def wire(consents: Consents, objectors: Objectors, past: Past) -> None:
    """Make these the keepers of consents, objections and earlier interns."""
    global _consents, _objectors, _past
    _consents, _objectors, _past = consents, objectors, past


async def agreed(purpose: str, students: Collection[UUID]) -> set[UUID]:
    """Who of these students agreed to a purpose, in the open transaction."""
    return await _consents(purpose, students)


async def objecting(students: Collection[UUID]) -> set[UUID]:
    """Who of these students asked not to be decided upon by machine alone, in the open transaction
    (PIPL art. 24)."""
    return await _objectors(students)


async def past_interns() -> Sequence[PastIntern]:
    """The placements of which the reader's enterprise keeps the fact alone, in the open
    transaction."""
    return await _past()
