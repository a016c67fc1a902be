"""What the ledger answers: days, and how many interns were there; pure types."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """Some days at a host, at one post or at none in particular; without days nobody is there."""

    host: UUID
    post: UUID | None = None
    starts: date | None = None
    ends: date | None = None


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """The interns of all schools on the fullest of some days, the first of several such days."""

    day: date | None = None
    interns: int = 0


class Fullness(msgspec.Struct, frozen=True):
    """The fullest day at the host and at the post, as the ledger stands: nothing is added."""

    host: Peak = Peak()
    post: Peak = Peak()


class Day(msgspec.Struct, frozen=True):
    """Interns of all schools at a host on one day: at its other posts, and at this one."""

    day: date
    others: int
    here: int
