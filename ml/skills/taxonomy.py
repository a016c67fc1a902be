"""A table of codes over time, of skills or occupations: which code stands for an old one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol


class Dated(Protocol):
    """A code that stood from one day to another, both included, None where open, and the one that
    stands for it since."""

    @property
    def code(self) -> str: ...
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_to(self) -> date | None: ...
    @property
    def replaced_by(self) -> str | None: ...


def present_codes(table: Iterable[Dated], on: date) -> dict[str, str]:
    """Every code of the table → the code that stands for it on a day.

    A code that was retired before `on` is followed to its replacement, and on to that one's;
    without a replacement it stays, so that its past is not lost. A replacement that does not stand
    yet on that day is not taken. Raises ValueError when replacements lead in a circle.
    """
    by_code = {one.code: one for one in table}
    return {code: _present(by_code, code, on) for code in by_code}


def _present(table: Mapping[str, Dated], code: str, on: date) -> str:
    seen = [code]
    while True:
        one = table[seen[-1]]
        following = table.get(one.replaced_by or "")
        if one.valid_to is None or one.valid_to >= on or following is None:
            return one.code
        if following.valid_from is not None and following.valid_from > on:
            return one.code
        if following.code in seen:
            raise ValueError(
                f"replacements lead in a circle: {' → '.join([*seen, following.code])}"
            )
        seen.append(following.code)
