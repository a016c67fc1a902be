"""Labels of periods: 'YYYY-MM', 'YYYY-Qn', 'YYYY' or whole numbers; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
QUARTER = re.compile(r"(\d{4})-Q([1-4])")
NUMBER = re.compile(r"-?\d{1,9}")
TOGETHER = re.compile(r"(?:19|2[01])\d{4}")


def ordinal(label: str) -> tuple[str, int]:
    """Kind ('month', 'quarter' or 'number'; years are numbers) and place on that clock. Raises
    ValueError."""
    if match := MONTH.fullmatch(label):
        return "month", int(match[1]) * 12 + int(match[2]) - 1
    if match := QUARTER.fullmatch(label):
        return "quarter", int(match[1]) * 4 + int(match[2]) - 1
    if NUMBER.fullmatch(label):
        return "number", int(label)
    raise ValueError(f"{label!r} is none of YYYY-MM, YYYY-Qn, YYYY or a whole number")


def parted(labels: Sequence[str]) -> list[str]:
    """The labels, months that are all written as YYYYMM as YYYY-MM: read as numbers they would have
    eighty-eight holes a year.

    >>> parted(["202312", "202401"]), parted(["2023", "2024"])
    (['2023-12', '2024-01'], ['2023', '2024'])
    """
    if not all(map(TOGETHER.fullmatch, labels)):
        return list(labels)
    return [f"{label[:4]}-{label[4:]}" for label in labels]


def ordinals(labels: Iterable[str]) -> NDArray[np.int64]:
    """Places on the clock. Raises ValueError for an unknown spelling or mixed kinds."""
    found = [ordinal(label) for label in labels]
    if len({kind for kind, _ in found}) > 1:
        raise ValueError("periods of different kinds are mixed")
    return np.array([place for _, place in found], np.int64)


def label(kind: str, place: int) -> str:
    """The label of a place on the clock `kind`."""
    if kind == "month":
        return f"{place // 12:04d}-{place % 12 + 1:02d}"
    if kind == "quarter":
        return f"{place // 4:04d}-Q{place % 4 + 1}"
    return str(place)


def following(labels: Sequence[str], count: int) -> tuple[str, ...]:
    """The `count` labels after the last one."""
    kind, place = ordinal(labels[-1])
    return tuple(label(kind, place + step) for step in range(1, count + 1))


def usual_season(kind: str) -> int:
    """Periods a year that the spelling tells: 12, 4 or 1."""
    return {"month": 12, "quarter": 4}.get(kind, 1)
