"""The occupation of a title: what the county confirmed for it first, then what is read; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from alliance.reference.model import TitleRow
from ml.occupations import Labelled, Reader, key
from ml.skills import Skill

LISTED, COUNTY, READ = "listed", "county", "read"
"""Where an occupation came from: the source gives its code, the county confirmed it for the title,
or it was read of title and text."""


class Found(NamedTuple):
    """The occupation of a title, None where it stays open, where it came from, and what was read:
    codes, each with its chance in hundredths ("6-18-01-01 83")."""

    occupation: str | None
    origin: str
    guesses: tuple[str, ...]

    @property
    def percent(self) -> str:
        """The chance of the first that was read."""
        return guess_of(self.guesses[0])[1] if self.guesses else ""


class TitleReader:
    """Reads many titles. `confirmed` is the occupation of titles by their key, None where the
    county found that the title tells none."""

    def __init__(
        self, reader: Reader, names: Mapping[str, str], confirmed: Mapping[str, str | None]
    ) -> None:
        self.names = names
        self._reader = reader
        self._confirmed = confirmed

    def read(self, titles: Sequence[tuple[str, str]]) -> list[Found]:
        """What each title with its text counts as, in order."""
        return [
            self._found(
                title,
                reading.code,
                [f"{code} {chance * 100:.0f}" for code, chance in reading.guesses],
            )
            for (title, _text), reading in zip(titles, self._reader.read(titles), strict=True)
        ]

    def _found(self, title: str, read: str | None, guesses: Iterable[str]) -> Found:
        known = key(title)
        if known in self._confirmed:
            occupation = self._confirmed[known]
            return Found(occupation, COUNTY if occupation else LISTED, tuple(guesses))
        return Found(read, READ if read else LISTED, tuple(guesses))


def guess_of(text: str) -> tuple[str, str]:
    """Code and chance in hundredths of a guess as it is stored."""
    code, _space, percent = text.partition(" ")
    return code, percent


@lru_cache(maxsize=2)
def reader_of(
    names: tuple[tuple[str, str], ...], titles: tuple[TitleRow, ...], skills: tuple[Skill, ...]
) -> Reader | None:
    """The reader that learnt from these tables, kept between calls; None where no title is
    labelled."""
    if not titles or not names:
        return None
    labelled = [
        Labelled(
            one.id, one.title, one.text, frozenset(filter(None, one.occupations.split("|"))), {}
        )
        for one in titles
    ]
    return Reader(dict(names), labelled, skills)
