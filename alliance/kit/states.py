"""State machines as data: one table of transitions per aggregate, read by the action, the page and
the test of every cell."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Transition(msgspec.Struct, frozen=True):
    """One allowed change of state: its name, from where to where, by which role, through which
    gate."""

    name: str
    source: str
    target: str
    role: str
    gate: str | None = None


def find(transitions: Iterable[Transition], name: str, source: str) -> Transition | None:
    """The transition of this name from this state, or None where the table has none."""
    return next((row for row in transitions if (row.name, row.source) == (name, source)), None)
