"""Facts as columns: what the rules' checks read.

A check returns an array that broadcasts to [rows × across]. One row is a page; students down and posts across are a round.
An unknown number is NaN, an unknown day NaT, an unknown truth False: every comparison with them is False.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alliance.regulation.catalogue import category
from alliance.regulation.facts import GROUPS, Facts, HostFacts, PostFacts, StudentFacts

Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]


class Columns:
    """Groups of facts, each down (shape [n, 1]) or across (shape [1, n]); a column is made when a check first asks for it."""

    def __init__(
        self, down: Mapping[str, Sequence[Any]], across: Mapping[str, Sequence[Any]], on_day: date, size: tuple[int, int]
    ) -> None:
        self._down, self._across = down, across
        self.today: Days = np.array([[on_day]], "datetime64[D]")
        self.size = size
        self._made: dict[tuple[object, ...], NDArray[Any]] = {}

    @classmethod
    def of(cls, facts: Sequence[Facts], on_day: date) -> Columns:
        """One row per passage of a gate, shape [facts, 1]."""
        return cls({name: [getattr(each, name) for each in facts] for name in GROUPS}, {}, on_day, (len(facts), 1))

    @classmethod
    def pairs(
        cls,
        students: Sequence[StudentFacts],
        posts: Sequence[PostFacts],
        hosts: Sequence[HostFacts],
        on_day: date,
        **across: Sequence[Any],
    ) -> Columns:
        """Students down, posts across; `hosts[i]` is the host of `posts[i]`, and so is every other group given (`conditions`,
        `host_file`, `use`)."""
        return cls({"student": students}, {"post": posts, "host": hosts, **across}, on_day, (len(students), len(posts)))

    def day(self, name: str) -> Days:
        """Days; NaT where unknown."""
        return self._column(("day", name), name, lambda v: np.datetime64("NaT" if v is None else v, "D"), "datetime64[D]")

    def number(self, name: str) -> NDArray[np.float64]:
        """Numbers; NaN where unknown."""
        return self._column(("number", name), name, lambda v: np.nan if v is None else float(v), "float64")

    def flag(self, name: str) -> Bools:
        """Truths; False where unknown."""
        return self._column(("flag", name), name, bool, "bool")

    def known(self, name: str) -> Bools:
        """Whether the fact is known; "a|b" asks whether one of the two is."""
        known = [self._column(("known", each), each, lambda v: v is not None, "bool") for each in name.split("|")]
        return np.logical_or.reduce(np.broadcast_arrays(*known)) if len(known) > 1 else known[0]

    def among(self, name: str, values: Collection[object]) -> Bools:
        """Whether the value is one of these; unknown is not."""
        return self._column(("among", name, tuple(values)), name, lambda v: v in values, "bool")

    def holds(self, name: str, codes: Collection[str] | None = None) -> Bools:
        """Whether a list of codes has any of these, or any at all; an unknown list has none."""
        wanted = None if codes is None else frozenset(codes)
        key = ("holds", name, None if wanted is None else tuple(sorted(wanted)))
        return self._column(key, name, lambda v: bool(v) if wanted is None else bool(v) and not wanted.isdisjoint(v), "bool")

    def starts_with(self, name: str, prefixes: tuple[str, ...]) -> Bools:
        """Whether a code begins with one of these."""
        return self._column(("starts", name, prefixes), name, lambda v: v is not None and v.startswith(prefixes), "bool")

    def says(self, name: str, pattern: str) -> Bools:
        """Whether a text has a match."""
        return self._column(("says", name, pattern), name, lambda v: v is not None and bool(re.search(pattern, v)), "bool")

    def birthday(self, years: int) -> Days:
        """The day on which each student turns so many years old."""
        return self._column(
            ("birthday", years),
            "student.born",
            lambda v: np.datetime64("NaT" if v is None else birthday(v, years), "D"),
            "datetime64[D]",
        )

    def entry_days(self, years: int) -> Days:
        """The first of September so many years after each student's entry."""
        return self._column(
            ("entry", years),
            "student.entry_year",
            lambda v: np.datetime64("NaT" if v is None else f"{v + years}-09-01", "D"),
            "datetime64[D]",
        )

    def category(self) -> NDArray[np.int64]:
        """Each student's category as a number."""
        return self._column(("category",), "student.specialty", lambda v: 0 if v is None else category(v), "int64")

    def wanted(self) -> NDArray[np.int64]:
        """One bit for each category that a post wants."""
        return self._column(
            ("wanted",), "post.wanted_specialties", lambda v: sum({1 << category(code) for code in v or ()}), "int64"
        )

    def _column(self, key: tuple[object, ...], name: str, read: Callable[[Any], Any], kind: str) -> NDArray[Any]:
        if key not in self._made:
            group, field = name.split(".")
            across = group in self._across
            rows = self._across[group] if across else self._down.get(group, [None] * self.size[0])
            values = np.array([read(None if row is None else getattr(row, field)) for row in rows], kind)
            self._made[key] = values.reshape((1, -1) if across else (-1, 1))
        return self._made[key]


def birthday(born: date, years: int) -> date:
    """The day a person turns so many years old; born on 29 February, the first of March where there is none (General
    Principles: the later day is the careful reading)."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def months_after(day: Days, months: int) -> Days:
    """The same day so many months later (earlier, if negative), at most the last of that month."""
    month = day.astype("datetime64[M]")
    shifted = (month + months).astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
    last = (month + months + 1).astype("datetime64[D]") - 1
    earlier: Days = np.minimum(shifted, last)
    return earlier


def years_before(day: Days, years: int) -> Days:
    """The same day so many years earlier."""
    return months_after(day, -12 * years)
