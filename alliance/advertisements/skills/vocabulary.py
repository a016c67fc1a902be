"""The skills of an advertisement as codes of the table: what its source lists and what its text
asks for; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ml.skills import Recogniser, Skill

LISTED, TEXT = "listed", "text"
"""Where a skill came from: the source lists it, or it was read in title and text."""
LONGEST, MOST_LISTED = 60, 20

Skills = tuple[tuple[str, ...], tuple[str, ...]]
"""Codes, or words that the table does not know; and beside each where it came from."""


@lru_cache(maxsize=2)
def recogniser_of(table: tuple[Skill, ...]) -> Recogniser | None:
    """The compiled table, kept between calls; None for an empty one."""
    return Recogniser(table) if table else None


def read_skills(
    recogniser: Recogniser | None, listed: Iterable[str], title: str, text: str
) -> Skills:
    """What is listed first, then what title and text ask for besides, each once.

    A listed word that names no skill exactly is read as text; one that holds none stays as it is
    written, so that nothing that a source says is lost; one that only says what is not needed is
    left out. Without a table all stays as it is listed.
    """
    found: dict[str, str] = {}
    for word in listed:
        for skill in _listed(recogniser, word):
            found.setdefault(skill, LISTED)
    if recogniser is not None:
        for code in recogniser.codes(f"{title}\n{text}"):
            found.setdefault(code, TEXT)
    return tuple(found), tuple(found.values())


def _listed(recogniser: Recogniser | None, word: str) -> tuple[str, ...]:
    word = word.strip()[:LONGEST]
    if recogniser is None or not word:
        return (word,) if word else ()
    exact = recogniser.code_of(word)
    if exact is not None:
        return (exact,)
    spans = recogniser.spans(word)
    return tuple(span.code for span in spans if span.status == "wanted") if spans else (word,)


def as_of_today(skills: Sequence[str], present: Mapping[str, str]) -> list[str]:
    """Skills of an advertisement with every retired code replaced by the one that stands for it
    (`ml.skills.present_codes`); each once, words that the table does not know as they are."""
    return list(dict.fromkeys(present.get(skill, skill) for skill in skills))


def code_today(level: str, code: str, present: Mapping[str, Mapping[str, str]]) -> str:
    """The code of a series of a run as it is now: a retired skill's or occupation's is the one that
    stands for it, in a cell of occupation and industry and in a skill of an occupation too.
    `present` has the codes of skills and of occupations by level."""
    if level == "cell":
        occupation, industry = code.split("|", 1)
        return f"{code_today('occupation', occupation, present)}|{industry}"
    if level == "use":
        skill, occupation = code.rsplit("|", 1)
        return (
            f"{code_today('skill', skill, present)}|{code_today('occupation', occupation, present)}"
        )
    return present.get(level, {}).get(code, code)


def forms_of(code: str, present: Mapping[str, str]) -> list[str]:
    """The code and all retired ones that it stands for."""
    return sorted({code, *(old for old, new in present.items() if new == code)})
