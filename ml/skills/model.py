"""Skills as a table spells them, and what is found of them in a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Status = Literal["wanted", "negated", "aside"]
"""How a text mentions a skill: asked for, taught or done; said not to be needed; or only the
business of the company."""


@dataclass(frozen=True)
class Skill:
    """One row of the table.

    `spellings` are all names that mean the skill, in any language; `exclusions` longer strings that
    only look like one of them. The skill stood from `valid_from` to `valid_to`, both included, None
    where open; `replaced_by` is the code that stands for it since.
    """

    code: str
    name_zh: str
    name_en: str
    spellings: tuple[str, ...]
    exclusions: tuple[str, ...] = ()
    group_zh: str = ""
    group_en: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    replaced_by: str | None = None


class Span(NamedTuple):
    """A mention: characters `start` to `end` (exclusive) of the text as it was given, and the
    skill's code."""

    start: int
    end: int
    code: str
    status: Status


@dataclass(frozen=True)
class Labelled:
    """A text with the codes that a reader found in it; `marks` are the other columns of its row,
    such as language."""

    id: str
    text: str
    skills: frozenset[str]
    marks: Mapping[str, str]
