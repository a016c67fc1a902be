"""What was made of rows, kept as long as the same rows come back.

The rows are read anew each time with the reader's eyes, so that nobody is told anything from what
they could not read, and nothing is older than the database. Only for what names no person and is
not changed by whoever gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

LARGEST = 1_000
"""Rows of which anything is kept; who asks about more does so in a job, once."""


class Derived(Generic[Result]):
    """The latest few results of one calculation, by what was asked."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[Any, Result]] = {}

    def of(
        self, asked: Hashable, rows: tuple[list[Any], ...], make: Callable[[], Result]
    ) -> Result:
        """What `make` makes of these rows, or made of their equals when the same was asked
        before."""
        if any(len(several) > LARGEST for several in rows):
            return make()
        known = self._kept.pop(asked, None)
        result = known[1] if known is not None and known[0] == rows else make()
        self._kept[asked] = rows, result
        while len(self._kept) > self._most:
            self._kept.pop(next(iter(self._kept)))
        return result
