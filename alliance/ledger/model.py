"""What the ledger answers: a day, and how many interns were there; pure types."""

from __future__ import annotations

from datetime import date

import msgspec


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """The interns of all schools on the fullest of some days, the first of several such days."""

    day: date | None = None
    interns: int = 0
