"""Skills in the free text of advertisements, posts and course outlines, Chinese and English.

A table names each skill with its spellings, with longer strings that only look like one, and with
the days between which it stood. A `Recogniser` compiles the table once and then finds mentions in
any text: the longest spelling at each place, in full or half width, upper or lower case, British or
American; Latin spellings as whole words. Each mention is *wanted*, *negated* ("无需焊工证", "no CNC
experience needed") or *aside* (the company's own business). The standard library and OpenCC;
deterministic.

    python -m ml.skills recognise --text T.csv --skills S.csv --out O.csv
    python -m ml.skills score --text L.csv --skills S.csv
"""

from __future__ import annotations

from ml.skills.evaluate import Score, score
from ml.skills.files import SkillsError, read_labelled, read_skills
from ml.skills.model import Labelled, Skill, Span
from ml.skills.recogniser import Recogniser
from ml.skills.taxonomy import present_codes

__all__ = [
    "Labelled",
    "Recogniser",
    "Score",
    "Skill",
    "SkillsError",
    "Span",
    "present_codes",
    "read_labelled",
    "read_skills",
    "score",
]
