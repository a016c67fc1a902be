"""Asking back where a count of staff jumps: a slip would put an enterprise in breach."""

from __future__ import annotations

from alliance.kit.forms import Form
from alliance.kit.language import _, number

FAR = 2
LEAST = 10
"""A count jumps where it is more than twice or less than half of the one before, by ten or more."""


def jumps(before: int | None, after: int) -> bool:
    """Whether a count is far from the one before.

    >>> jumps(516, 35), jumps(516, 500), jumps(4, 12), jumps(None, 35)
    (True, False, False, False)
    """
    if before is None or abs(after - before) < LEAST:
        return False
    return after > FAR * before or FAR * after < before


def ask_back(form: Form, name: str, before: int | None, after: int) -> None:
    """Put an error at the field of a count that jumps, unless `sure` is ticked."""
    if jumps(before, after) and not form.ticked("sure"):
        form.error(
            name,
            _(
                "%(after)s instead of %(before)s: is that right? If so, tick below and keep it.",
                after=number(after),
                before=number(before or 0),
            ),
        )
