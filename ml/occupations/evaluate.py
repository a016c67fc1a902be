"""How far a reader of titles agrees with a person, and how far its chances are to be believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ml.occupations.cleaning import key
from ml.occupations.model import Guess, Labelled, Reading
from ml.occupations.reader import Reader
from ml.skills import Skill

FOLDS = 5
BINS = 10

Judged = tuple[Labelled, Reading]


@dataclass(frozen=True)
class Score:
    """Counts over titles. `answerable` have an occupation; `first` and `three` of those have it
    first, and among the first three; `told` were answered and `right` of those rightly. `bins` are
    (titles, mean chance, share right) of the first guesses by tenths of their chance."""

    titles: int
    answerable: int
    first: int
    three: int
    told: int
    right: int
    bins: tuple[tuple[int, float, float], ...]

    @property
    def precision(self) -> float:
        """Share of what was told that is right; 1 when nothing was told."""
        return self.right / self.told if self.told else 1.0

    @property
    def coverage(self) -> float:
        """Share of all titles for which an occupation was told."""
        return self.told / self.titles if self.titles else 0.0

    @property
    def calibration_error(self) -> float:
        """How far chances are from what came, by tenths, weighted by how many are in each."""
        return sum(count * abs(said - came) for count, said, came in self.bins) / max(
            self.titles, 1
        )


def score(judged: Sequence[Judged]) -> Score:
    """Compare readings with labels."""
    answerable = [(one, reading) for one, reading in judged if one.occupations]
    tenths: list[list[tuple[float, bool]]] = [[] for _bin in range(BINS)]
    for one, reading in judged:
        code, chance = reading.guesses[0] if reading.guesses else ("", 0.0)
        tenths[min(int(chance * BINS), BINS - 1)].append((chance, code in one.occupations))
    return Score(
        titles=len(judged),
        answerable=len(answerable),
        first=sum(_among(one, reading, 1) for one, reading in answerable),
        three=sum(_among(one, reading, 3) for one, reading in answerable),
        told=sum(reading.code is not None for _one, reading in judged),
        right=sum(reading.code in one.occupations for one, reading in judged),
        bins=tuple(
            (
                len(found),
                sum(chance for chance, _hit in found) / max(len(found), 1),
                sum(hit for _chance, hit in found) / max(len(found), 1),
            )
            for found in tenths
        ),
    )


def held_out(
    names: Mapping[str, str],
    learnt: Sequence[Labelled],
    asked: Sequence[Labelled],
    skills: Sequence[Skill],
) -> list[Judged]:
    """Titles with what a reader says of them that learnt from others."""
    found = Reader(names, learnt, skills).read([(one.title, one.text) for one in asked])
    return list(zip(asked, found, strict=True))


def cross_validated(
    names: Mapping[str, str], titles: Sequence[Labelled], skills: Sequence[Skill]
) -> list[Judged]:
    """Titles with what a reader says of each that has not seen it: in fifths by their hash."""
    parts = [[one for one in titles if _fold(one) == fold] for fold in range(FOLDS)]
    return [
        judged
        for fold, asked in enumerate(parts)
        for judged in held_out(
            names,
            [one for number, part in enumerate(parts) if number != fold for one in part],
            asked,
            skills,
        )
    ]


def by_nearest_title(
    names: Mapping[str, str], learnt: Sequence[Labelled], asked: Sequence[Labelled]
) -> list[Judged]:
    """What one gets without learning: the label of the title that shares the most pairs of
    characters (Jaccard), told whenever it shares any."""
    known = [(_pairs(name), code) for code, name in sorted(names.items())]
    known += [(_pairs(one.title), code) for one in learnt for code in sorted(one.occupations)]
    return [(one, _nearest(_pairs(one.title), known)) for one in asked]


def _nearest(pairs: frozenset[str], known: Sequence[tuple[frozenset[str], str]]) -> Reading:
    best: dict[str, float] = {}
    for other, code in known:
        best[code] = max(best.get(code, 0.0), len(pairs & other) / len(pairs | other))
    guesses = tuple(
        Guess(code, chance)
        for code, chance in sorted(best.items(), key=lambda one: -one[1])[:3]
        if chance > 0
    )
    return Reading(guesses[0].code if guesses else None, guesses, "read")


def _pairs(title: str) -> frozenset[str]:
    whole = f"<{key(title)}>"
    return frozenset(whole[start : start + 2] for start in range(len(whole) - 1))


def _among(one: Labelled, reading: Reading, most: int) -> bool:
    return any(code in one.occupations for code, _chance in reading.guesses[:most])


def _fold(one: Labelled) -> int:
    return hashlib.sha256(one.id.encode()).digest()[0] % FOLDS


def report(name: str, found: Score, tell: Callable[[str], None] = print) -> None:
    """Tell a score in lines, the last of them the table of reliability."""
    tell(
        f"{name}: {found.titles} titles, {found.answerable} with an occupation; "
        f"first {found.first / found.answerable:.3f}, "
        f"first three {found.three / found.answerable:.3f}; told {found.coverage:.3f}, "
        f"of those right {found.precision:.3f}; calibration error {found.calibration_error:.3f}"
    )
    for number, (count, said, came) in enumerate(found.bins):
        if count:
            tell(
                f"  chance {number / BINS:.1f} to {(number + 1) / BINS:.1f}: {count} titles, "
                f"said {said:.3f}, came {came:.3f}"
            )
