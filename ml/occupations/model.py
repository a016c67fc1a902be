"""Titles as a reader labelled them, and what is read of a title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Origin = Literal["name", "title", "read"]
"""How a reading came about: the title is an occupation's own name, a title that was labelled, or
what its characters say."""


@dataclass(frozen=True)
class Labelled:
    """A title, perhaps with a text, and the occupations that are right for it; none where a reader
    cannot tell. `marks` are the other columns of its row."""

    id: str
    title: str
    text: str
    occupations: frozenset[str]
    marks: Mapping[str, str]


class Guess(NamedTuple):
    """An occupation and the chance, 0 to 1, that it is right."""

    code: str
    chance: float


class Reading(NamedTuple):
    """Up to three occupations, the likeliest first; `code` is the first where its chance reaches
    `reader.SURE`, else None: not sure."""

    code: str | None
    guesses: tuple[Guess, ...]
    origin: Origin
