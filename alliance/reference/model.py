"""Types of the catalogues that other domains compute with; pure."""

from __future__ import annotations

from datetime import date

import msgspec


class LeavingRate(msgspec.Struct, frozen=True):
    """The share of an occupation's people who leave it in a year, by retirement or for another trade: middle and 80 % interval.

    `code` is a prefix of occupation codes, "" fits all; it holds from a day on, and `source` says where it comes from.
    """

    code: str
    valid_from: date
    low: float
    middle: float
    high: float
    source: str
