"""Occupations of the national classification in titles of advertisements.

A `Reader` learns once from the names of occupations, from titles that a person labelled, and from
the table of skills; then it reads any title, with its text where there is one. A title that is
known counts as it was labelled; of another the characters and the skills that it names tell. Each
of up to three occupations has a *chance*, and below `SURE` the answer is *not sure*: many titles
tell no one occupation (普工, 储备干部), and a wrong one is worse than none. Scikit-learn;
deterministic; learns in about a second.

    python -m ml.occupations read --titles T.csv --occupations O.csv --labelled L.csv --out F.csv
    python -m ml.occupations evaluate --occupations O.csv --labelled L.csv --held-out H.csv
"""

from __future__ import annotations

from ml.occupations.cleaning import key
from ml.occupations.files import read_labelled, read_names
from ml.occupations.model import Guess, Labelled, Reading
from ml.occupations.reader import SURE, Reader

__all__ = [
    "SURE",
    "Guess",
    "Labelled",
    "Reader",
    "Reading",
    "key",
    "read_labelled",
    "read_names",
]
