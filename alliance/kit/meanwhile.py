"""Two people who edit one thing: whoever saves second compares before anything is overwritten.

A form carries the version of what it showed; the action compares it with what is stored, under the
lock of the row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from alliance.kit.language import _
from alliance.kit.problems import Conflict


class ChangedMeanwhile(Conflict):
    """Somebody saved the thing after the editor had opened it; carries its present values."""

    def __init__(self, present: Mapping[str, object]) -> None:
        super().__init__(
            _(
                "Somebody changed this after you had opened it. Nothing of yours is lost: compare "
                "below."
            )
        )
        self.present = present


def version_of(values: Mapping[str, object]) -> str:
    """What tells one state of these values from another; in whatever order they come."""
    told = "\x1f".join(
        f"{name}={'' if value is None else value}" for name, value in sorted(values.items())
    )
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def insist(seen: str | None, present: Mapping[str, object]) -> None:
    """Go on only while the thing is as the editor saw it. Raises ChangedMeanwhile."""
    if seen and seen != version_of(present):
        raise ChangedMeanwhile(present)
