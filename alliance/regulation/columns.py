"""Facts as columns: what the rules' checks read.

A check returns an array that broadcasts to [rows × across]. One row is a page; students down and
posts across are a round. An unknown number is NaN, an unknown day NaT, an unknown truth False:
every comparison with them is False.
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
    """Groups of facts, each down (shape [n, 1]) or across (shape [1, n]); a column is made when a
    check first asks for it."""

    def __init__(
        self,
        down: Mapping[str, Sequence[Any]],
        across: Mapping[str, Sequence[Any]],
        on_day: date,
        size: tuple[int, int],
    ) -> None:
        self._down, self._across = down, across
        self.today: Days = np.array([[on_day]], "datetime64[D]")
        self.size = size
        self._made: dict[tuple[object, ...], NDArray[Any]] = {}
        self._made_across: dict[tuple[object, ...], NDArray[Any]] = {}
        self._kinds: dict[frozenset[str], tuple[Columns, NDArray[np.intp]]] = {}

    @classmethod
    def of(cls, facts: Sequence[Facts], on_day: date) -> Columns:
        """One row per passage of a gate, shape [facts, 1]."""
        return cls(
            {name: [getattr(each, name) for each in facts] for name in GROUPS},
            {},
            on_day,
            (len(facts), 1),
        )

    @classmethod
    def pairs(
        cls,
        students: Sequence[StudentFacts],
        posts: Sequence[PostFacts],
        hosts: Sequence[HostFacts],
        on_day: date,
        **across: Sequence[Any],
    ) -> Columns:
        """Students down, posts across; `hosts[i]` is the host of `posts[i]`, and so is every other
        group given (`conditions`, `host_file`, `use`)."""
        return cls(
            {"student": students},
            {"post": posts, "host": hosts, **across},
            on_day,
            (len(students), len(posts)),
        )

    def for_students(self, students: Sequence[StudentFacts]) -> Columns:
        """The same posts for other students; the posts' columns are made once for all of them."""
        found = Columns(
            {"student": students},
            self._across,
            self.today[0, 0].item(),
            (len(students), self.size[1]),
        )
        found._made_across = self._made_across
        found._kinds = self._kinds
        return found

    def kinds(self, names: Collection[str]) -> tuple[Columns, NDArray[np.intp]]:
        """Columns with one post of each kind, and [posts] the kind of each: posts of a kind agree
        in all these facts.

        What a rule says of a student at a post is then worked out once a kind.
        """
        wanted = frozenset(names)
        if wanted not in self._kinds:
            self._kinds[wanted] = self._sorted_out(wanted)
        posts, kind = self._kinds[wanted]
        found = Columns(
            self._down, posts._across, self.today[0, 0].item(), (self.size[0], posts.size[1])
        )
        found._made, found._made_across = self._made, posts._made_across
        return found, kind

    def _sorted_out(self, names: frozenset[str]) -> tuple[Columns, NDArray[np.intp]]:
        places: dict[tuple[Any, ...], int] = {}
        first: list[int] = []
        kind = np.empty(self.size[1], np.intp)
        read = [name.split(".") for name in sorted(names) if name.split(".")[0] in self._across]
        for at in range(self.size[1]):
            rows = (self._across[group][at] for group, _field in read)
            key = tuple(
                None if row is None else getattr(row, field)
                for row, (_group, field) in zip(rows, read, strict=True)
            )
            kind[at] = places.setdefault(key, len(places))
            if kind[at] == len(first):
                first.append(at)
        across = {group: [rows[at] for at in first] for group, rows in self._across.items()}
        return Columns({}, across, self.today[0, 0].item(), (0, len(first))), kind

    def day(self, name: str) -> Days:
        """Days; NaT where unknown."""
        return self._column(("day", name), name, _same, "datetime64[D]")

    def number(self, name: str) -> NDArray[np.float64]:
        """Numbers; NaN where unknown."""
        return self._column(
            ("number", name), name, lambda v: np.nan if v is None else float(v), "float64"
        )

    def cents(self, name: str) -> NDArray[np.float64]:
        """Yuan as whole cents, so that shares of pay compare exactly; NaN where unknown."""
        return self._column(
            ("cents", name), name, lambda v: np.nan if v is None else float(cents(v)), "float64"
        )

    def flag(self, name: str) -> Bools:
        """Truths; False where unknown."""
        return self._column(("flag", name), name, bool, "bool")

    def known(self, name: str) -> Bools:
        """Whether the fact is known; "a|b" asks whether one of the two is."""
        known = [
            self._column(("known", each), each, lambda v: v is not None, "bool")
            for each in name.split("|")
        ]
        return np.logical_or.reduce(np.broadcast_arrays(*known)) if len(known) > 1 else known[0]

    def among(self, name: str, values: Collection[object]) -> Bools:
        """Whether the value is one of these; unknown is not."""
        return self._column(("among", name, tuple(values)), name, lambda v: v in values, "bool")

    def holds(self, name: str, codes: Collection[str] | None = None) -> Bools:
        """Whether a list of codes has any of these, or any at all; an unknown list has none."""
        wanted = None if codes is None else frozenset(codes)
        key = ("holds", name, None if wanted is None else tuple(sorted(wanted)))
        return self._column(
            key,
            name,
            lambda v: bool(v) if wanted is None else bool(v) and not wanted.isdisjoint(v),
            "bool",
        )

    def starts_with(self, name: str, prefixes: tuple[str, ...]) -> Bools:
        """Whether a code begins with one of these."""
        return self._column(
            ("starts", name, prefixes),
            name,
            lambda v: v is not None and v.startswith(prefixes),
            "bool",
        )

    def says(self, name: str, pattern: str) -> Bools:
        """Whether a text has a match."""
        return self._column(
            ("says", name, pattern),
            name,
            lambda v: v is not None and bool(re.search(pattern, v)),
            "bool",
        )

    def judged(self, name: str, judge: Callable[[str | None], bool]) -> Bools:
        """Whether somebody who reads a text says yes; unknown text is given to them as None."""
        return self._column(("judged", name, judge.__qualname__), name, judge, "bool")

    def birthday(self, years: int) -> Days:
        """The day on which each student turns so many years old."""
        return self._column(
            ("birthday", years),
            "student.born",
            lambda v: None if v is None else birthday(v, years),
            "datetime64[D]",
        )

    def entry_days(self, years: int) -> Days:
        """The first of September so many years after each student's entry."""
        return self._column(
            ("entry", years),
            "student.entry_year",
            lambda v: None if v is None else date(v + years, 9, 1),
            "datetime64[D]",
        )

    def category(self) -> NDArray[np.int64]:
        """Each student's category as a number."""
        return self._column(
            ("category",), "student.specialty", lambda v: 0 if v is None else category(v), "int64"
        )

    def wanted(self) -> NDArray[np.int64]:
        """One bit for each category that a post wants."""
        return self._column(
            ("wanted",),
            "post.wanted_specialties",
            lambda v: sum({1 << category(code) for code in v or ()}),
            "int64",
        )

    def _column(
        self, key: tuple[object, ...], name: str, read: Callable[[Any], Any], kind: str
    ) -> NDArray[Any]:
        group, field = name.split(".")
        across = group in self._across
        made = self._made_across if across else self._made
        if key not in made:
            rows = self._across[group] if across else self._down.get(group, (None,))
            values = np.array(
                [read(None if row is None else getattr(row, field)) for row in rows], kind
            )
            made[key] = values.reshape((1, -1) if across else (-1, 1))
        return made[key]


def _same(value: Any) -> Any:
    # NumPy reads a None among days as "not a time"
    return value


def birthday(born: date, years: int) -> date:
    """The day a person turns so many years old; born on 29 February, the first of March where there
    is none (General Principles: the later day is the careful reading)."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def cents(yuan: float) -> int:
    """Whole cents of an amount of yuan."""
    return round(yuan * 100)


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
