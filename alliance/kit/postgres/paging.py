"""The order of a list, as SQL."""

from __future__ import annotations

from collections.abc import Mapping


def ordered(sorts: Mapping[str, str], sort: str, *, down: bool, then: str) -> str:
    """The order by the expression that `sort` names, rows without a value last, and `then` among
    equals; `then` alone where it names none."""
    key = sorts.get(sort)
    if key is None:
        return then
    direction = "desc" if down else "asc"
    return f"{key} {direction} nulls last, {then}"
