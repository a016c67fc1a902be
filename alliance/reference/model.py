"""Types of the catalogues that other domains compute with; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec


class LeavingRate(msgspec.Struct, frozen=True):
    """The share of an occupation's people who leave it in a year, by retirement or for another
    trade: middle and 80 % interval.

    `code` is a prefix of occupation codes, "" fits all; it holds from a day on, and `source` says
    where it comes from.
    """

    code: str
    valid_from: date
    low: float
    middle: float
    high: float
    source: str


class Occupation(msgspec.Struct, frozen=True):
    """A code of the classification of occupations: it stood from `valid_from` to `valid_to`, both
    included, None where open; `replaced_by` is the code that stands for it since, None for one that
    was split or dropped."""

    code: str
    name_zh: str
    name_en: str
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: str | None = None

    def stands(self, on: date) -> bool:
        """Whether the code is in force on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )


class TitleRow(msgspec.Struct, frozen=True):
    """A labelled title as it is loaded; `occupations` are separated by |."""

    id: str
    title: str
    text: str
    occupations: str


def faults_of(one: Occupation, known: Mapping[str, Occupation]) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it) of an occupation among all by code."""
    if one.valid_from and one.valid_to and one.valid_from > one.valid_to:
        yield "valid_to", f"{one.valid_to} lies before valid_from, {one.valid_from}"
    if one.replaced_by is None:
        return
    if one.valid_to is None:
        yield (
            "valid_to",
            "is empty, although replaced_by names a code: write the last day of the old one",
        )
    chain = [one]
    while chain[-1].replaced_by is not None:
        following = known.get(chain[-1].replaced_by)
        if following is None:
            yield "replaced_by", f"{chain[-1].replaced_by} is not in the table"
            return
        chain.append(following)
        if following.code in [link.code for link in chain[:-1]]:
            yield "replaced_by", f"leads in a circle: {_path(chain)}"
            return
    if chain[-1].valid_to is not None:
        yield (
            "replaced_by",
            (
                f"{_path(chain)} leads to a code that has ended too; leave it empty where no "
                "single code stands for the old one"
            ),
        )


def _path(chain: list[Occupation]) -> str:
    return " → ".join(link.code for link in chain)


def under_all_codes(
    links: Mapping[tuple[str, str], float], present: Mapping[str, str]
) -> dict[tuple[str, str], float]:
    """Weights of (specialty, occupation) for every code that counts as the same occupation today
    (`present`: any code → the one that stands for it), so that a link, a post and a run may name it
    by any of them; the strongest of several links holds."""
    forms: dict[str, list[str]] = {}
    for code, today in present.items():
        forms.setdefault(today, []).append(code)
    found: dict[tuple[str, str], float] = {}
    for (specialty, occupation), weight in links.items():
        for form in forms.get(present.get(occupation, occupation), [occupation]):
            found[specialty, form] = max(weight, found.get((specialty, form), 0.0))
    return found


def replaced(present: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The codes that another one stands for, and beside each which: two columns to join a query
    with."""
    pairs = [(old, new) for old, new in present.items() if old != new]
    return [old for old, _new in pairs], [new for _old, new in pairs]
