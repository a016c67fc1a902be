"""Reading the occupation of a title: known titles first, else what its characters say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.occupations.cleaning import is_general, key
from ml.occupations.features import Document, Features
from ml.occupations.model import Guess, Labelled, Origin, Reading
from ml.skills import Skill

Scores = NDArray[np.float64]

SURE: Final = 0.75
"""The chance from which an occupation is told; below it the answer is *not sure*. Chosen on the
labelled titles by cross-validation: nine of ten that are told are right (`evaluate`). A general
title (`cleaning.is_general`) is never told, however sure its characters seem."""
MOST: Final = 3
"""Occupations that a reading holds at most."""
RIDGE: Final = 0.3


class Reader:
    """Learnt once from names and labelled titles, for many titles; holds no state between them.

    A ridge regression of the labels on the rows of `Features`, solved in its dual form: the
    prediction for each labelled title without itself comes with the solution, and a logistic curve
    over those turns scores into chances. Deterministic.

    >>> names = {"6-18-02-04": "焊工", "4-03-02-01": "中式烹调师"}
    >>> Reader(names, ()).read([("急聘焊工5名", "")])[0].code
    '6-18-02-04'
    """

    def __init__(
        self, names: Mapping[str, str], titles: Sequence[Labelled], skills: Sequence[Skill] = ()
    ) -> None:
        """Labels that are no code of `names` count as none. Raises ValueError when there is no
        name."""
        if not names:
            raise ValueError("the table has no occupation")
        self._codes = sorted(names)
        right = [frozenset(one.occupations & names.keys()) for one in titles]
        self._names = {key(names[code]): code for code in self._codes}
        heard: dict[str, list[frozenset[str]]] = defaultdict(list)
        for one, codes in zip(titles, right, strict=True):
            if not one.text:
                heard[key(one.title)].append(codes)
        self._known = {title: frozenset.intersection(*found) for title, found in heard.items()}
        self._certain = _agreement(heard, self._names)
        self._features = Features(skills)
        self._learn([*((one.title, one.text) for one in titles)], right, names)

    def _learn(
        self, titles: list[Document], right: list[frozenset[str]], names: Mapping[str, str]
    ) -> None:
        documents = [*titles, *((names[code], "") for code in self._codes)]
        # the last column is for titles that have no one occupation
        labels = np.zeros((len(documents), len(self._codes) + 1))
        place = {code: number for number, code in enumerate(self._codes)}
        for row, codes in enumerate([*right, *(frozenset({code}) for code in self._codes)]):
            labels[row, [place[code] for code in codes] or -1] = 1 / max(len(codes), 1)
        rows = self._features.fit(documents)
        inverse = np.linalg.inv((rows @ rows.T).toarray() + RIDGE * np.eye(len(documents)))
        dual = inverse @ labels
        self._weights = rows.T @ dual
        without_itself = (labels - dual / np.diag(inverse)[:, None])[: len(titles)]
        self._curve = _Curve(self._candidates(without_itself), right)

    def read(self, titles: Sequence[Document]) -> list[Reading]:
        """What is read of each title with its text, in order; the text may be empty."""
        different = [*dict.fromkeys(titles)]
        if not different:
            return []
        found = self._candidates(self._features.rows(different) @ self._weights)
        read = {
            document: self._reading(document, guesses)
            for document, guesses in zip(different, self._curve.chances(found), strict=True)
        }
        return [read[document] for document in titles]

    def _reading(self, document: Document, guesses: tuple[Guess, ...]) -> Reading:
        title, text = document
        one = key(title)
        origin: Origin = "read"
        if one in self._names:
            guesses, origin = (Guess(self._names[one], self._certain),), "name"
        elif len(known := self._known.get(one, frozenset())) == 1:
            guesses, origin = (Guess(min(known), self._certain),), "title"
        elif one in self._known and not text:
            # several are right, or none: more is not to be had of the title alone
            chance = self._certain / max(len(known), 1)
            guesses = tuple(Guess(code, chance) for code in sorted(known)[:MOST]) or tuple(
                Guess(code, min(chance, 1 - self._certain)) for code, chance in guesses
            )
            origin = "title"
        sure = guesses and guesses[0].chance >= SURE
        if origin == "read" and is_general(title):
            sure = False
        return Reading(guesses[0].code if sure else None, guesses, origin)

    def _candidates(self, scores: Scores) -> list[tuple[_Candidate, ...]]:
        """The best occupations of each row of scores, with how far each is ahead of the others."""
        scores = scores[:, :-1]
        places = np.argsort(-scores, axis=1, kind="stable")[:, :MOST]
        best = np.take_along_axis(scores, places, axis=1)
        other = np.repeat(best[:, :1], best.shape[1], axis=1)
        other[:, 0] = best[:, 1] if best.shape[1] > 1 else 0.0
        return [
            tuple(
                (self._codes[place], value, ahead) for place, value, ahead in zip(*row, strict=True)
            )
            for row in zip(places.tolist(), best.tolist(), (best - other).tolist(), strict=True)
        ]


_Candidate = tuple[str, float, float]


class _Curve:
    """From the score of an occupation, and how far it is ahead of the others, to the chance that it
    is right."""

    def __init__(
        self, found: Sequence[Sequence[_Candidate]], right: Sequence[frozenset[str]]
    ) -> None:
        from sklearn.linear_model import LogisticRegression

        scores, hits = [], []
        for candidates, codes in zip(found, right, strict=True):
            for code, score, ahead in candidates:
                scores.append((score, ahead))
                hits.append(code in codes)
        self._fitted = LogisticRegression(C=10).fit(scores, hits) if len(set(hits)) > 1 else None

    def chances(self, found: Sequence[Sequence[_Candidate]]) -> list[tuple[Guess, ...]]:
        """The candidates with their chances; 0 where nothing was learnt."""
        scores = [(score, ahead) for row in found for _code, score, ahead in row]
        chances = iter(
            self._fitted.predict_proba(scores)[:, 1].tolist()
            if self._fitted is not None
            else [0.0] * len(scores)
        )
        return [tuple(Guess(code, next(chances)) for code, *_score in row) for row in found]


def _agreement(heard: Mapping[str, Sequence[frozenset[str]]], names: Mapping[str, str]) -> float:
    """How often a title is labelled as another way to write it, or as the occupation of that
    name."""
    agree = count = 0
    for title, found in heard.items():
        others = [*found, *([frozenset({names[title]})] if title in names else [])]
        for number, codes in enumerate(found):
            rest = [*others[:number], *others[number + 1 :]]
            if rest:
                count += 1
                agree += bool(codes & frozenset.intersection(*rest))
    # before anything is seen, nine of ten are taken to agree
    return (agree + 9) / (count + 10)
