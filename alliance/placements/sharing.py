"""What students agreed to and objected to, asked of whoever keeps it: nothing is passed to a host
without a consent in force."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

Consents = Callable[[str, Collection[UUID]], Awaitable[set[UUID]]]
"""(purpose, students) → those who agreed, in the open transaction."""
Objectors = Callable[[Collection[UUID]], Awaitable[set[UUID]]]
"""Students → those who do not want to be decided upon by machine alone, in the open transaction."""


async def _nobody_agreed(_purpose: str, _students: Collection[UUID]) -> set[UUID]:
    return set()


async def _nobody_objected(_students: Collection[UUID]) -> set[UUID]:
    return set()


_consents: Consents = _nobody_agreed
_objectors: Objectors = _nobody_objected


def wire(consents: Consents, objectors: Objectors) -> None:
    """Make these the keepers of consents and objections."""
    global _consents, _objectors
    _consents, _objectors = consents, objectors


async def agreed(purpose: str, students: Collection[UUID]) -> set[UUID]:
    """Who of these students agreed to a purpose, in the open transaction."""
    return await _consents(purpose, students)


async def objecting(students: Collection[UUID]) -> set[UUID]:
    """Who of these students asked not to be decided upon by machine alone, in the open transaction
    (PIPL art. 24)."""
    return await _objectors(students)
