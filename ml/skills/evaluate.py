"""How far a recogniser agrees with a reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ml.skills.model import Labelled
from ml.skills.recogniser import Recogniser


@dataclass(frozen=True)
class Score:
    """Counts over texts: skills that a reader labelled, that were found, and that are both."""

    texts: int
    labelled: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 when nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what was labelled that was found; 1 when nothing was labelled."""
        return self.right / self.labelled if self.labelled else 1.0


def score(recogniser: Recogniser, texts: Iterable[Labelled]) -> Score:
    """Micro-averaged over the skills of all texts."""
    count = labelled = found = right = 0
    for text in texts:
        codes = frozenset(recogniser.codes(text.text))
        count += 1
        labelled += len(text.skills)
        found += len(codes)
        right += len(codes & text.skills)
    return Score(count, labelled, found, right)
