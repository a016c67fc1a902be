"""What a title and its text are compared by: runs of characters, and the skills that they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ml.occupations.cleaning import core, plain
from ml.skills import Recogniser, Skill

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Document = tuple[str, str]
"""A title and its text."""
LONGEST = 3
"""Characters of the longest run."""
TEXT = 0.5
"""Weight of a text beside its title, which names the work; a text tells of much else."""
SKILLS = 0.8
"""Weight of skills beside characters: what 二保焊 and CO2焊 have in common is no character."""
MOST_TEXT = 400
"""So many characters of a text are read: duties come first."""


class Features:
    """Turns documents into rows of weights, by the vocabulary of those that it was fitted to."""

    def __init__(self, skills: Sequence[Skill]) -> None:
        self._groups = {skill.code: skill.group_zh for skill in skills}
        self._recogniser = Recogniser(skills) if skills else None
        self._characters = _Weights()
        self._skills = _Weights()

    def fit(self, documents: Sequence[Document]) -> csr_matrix:
        """Learn the vocabulary and weights of these documents, and return their rows."""
        self._characters.fit([[*_of_title(title), *_of_text(text)] for title, text in documents])
        self._skills.fit([["", *self._named(document)] for document in documents])
        return self.rows(documents)

    def rows(self, documents: Sequence[Document]) -> csr_matrix:
        """One row a document, of length near 1 where all of it was met before and the shorter the
        more of it is new."""
        from scipy.sparse import diags, hstack

        titles = self._characters.rows([_of_title(title) for title, _text in documents])
        texts = self._characters.rows([_of_text(text) for _title, text in documents])
        named = [self._named(document) for document in documents]
        whole = np.array(
            [
                1 + TEXT**2 * bool(text) + SKILLS**2 * bool(skills)
                for (_title, text), skills in zip(documents, named, strict=True)
            ]
        )
        found = hstack([titles + TEXT * texts, SKILLS * self._skills.rows(named)], format="csr")
        return diags(1 / np.sqrt(whole)) @ found

    def _named(self, document: Document) -> list[str]:
        if self._recogniser is None:
            return []
        title, text = document
        codes = dict.fromkeys(
            span.code
            for span in self._recogniser.spans(f"{title}\n{text[:MOST_TEXT]}")
            if span.status == "wanted"
        )
        return [*codes, *dict.fromkeys(f"group {self._groups[code]}" for code in codes)]


class _Weights:
    """Term frequency times inverse document frequency, in rows of length 1 of which what was never
    met takes its share: a title that is half unknown is only half like any other."""

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # takes a second to import

        self._vectors = TfidfVectorizer(analyzer=_given, sublinear_tf=True, norm=None)

    def fit(self, documents: Sequence[list[str]]) -> None:
        self._vectors.fit(documents)

    def rows(self, documents: Sequence[list[str]]) -> csr_matrix:
        from scipy.sparse import diags

        found = self._vectors.transform(documents)
        known = self._vectors.vocabulary_
        rarest = float(self._vectors.idf_.max())
        unknown = [len({term for term in terms if term not in known}) for terms in documents]
        squares = np.asarray(found.multiply(found).sum(axis=1)).ravel()
        length = np.sqrt(squares + rarest**2 * np.array(unknown))
        return diags(1 / np.maximum(length, 1e-9)) @ found


def _given(words: list[str]) -> list[str]:
    return words


def _of_title(title: str) -> list[str]:
    """Runs of one to three characters of each word, its begin and end among them."""
    return [
        f"<{word}>"[start : start + size]
        for word in core(title).split(" ")
        for size in range(1, LONGEST + 1)
        for start in range(len(word) + 3 - size)
    ]


def _of_text(text: str) -> list[str]:
    words = plain(text[:MOST_TEXT])
    return [
        words[start : start + size]
        for size in range(2, LONGEST + 1)
        for start in range(len(words) + 1 - size)
    ]
