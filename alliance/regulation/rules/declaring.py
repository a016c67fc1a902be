"""How rules are written down: pairs of English and Chinese, the common source, the common date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from alliance.regulation.columns import Bools, Columns
from alliance.regulation.facts import Facts
from alliance.regulation.model import (
    About,
    Confirmer,
    Facet,
    Number,
    Owner,
    Rule,
    Severity,
    Transition,
)
from alliance.regulation.text import Text

PROVISIONS: Final = date(2021, 12, 31)
"""职业学校学生实习管理规定 (教职成〔2021〕4号), in force on the day of its issue."""
Pair = tuple[str, str]
Names = Mapping[str, Number]


def article(number: str) -> Pair:
    """The citation of an article of the Provisions."""
    return (
        f"Provisions on Internships of Vocational School Students (2021), art. {number}",
        f"《职业学校学生实习管理规定》（教职成〔2021〕4号）第{number}条",
    )


def rule(
    id: str,  # noqa: A002 - the word of the rules' table
    severity: Severity,
    citation: Pair,
    *,
    gates: tuple[Transition, ...],
    about: About = "placement",
    bit: int | None = None,
    only_overridden: bool = False,
    confirmed_by: Confirmer = "authority",
    facets: tuple[Facet, ...] = (),
    title: Pair,
    chip: Pair,
    sentence: Pair,
    mend: Pair,
    inputs: tuple[str, ...],
    check: Callable[[Columns], Bools],
    numbers: Callable[[Facts], Names] | None = None,
    student: Pair | None = None,
    unknown: Pair | None = None,
    warns: Callable[[Columns], Bools] | None = None,
    softly: Pair | None = None,
    owner: Owner = "school",
    verified: bool = True,
    read: tuple[str, ...] = (),
    jobs: bool = False,
    since: date = PROVISIONS,
    parameters: Mapping[str, int] = {},
) -> Rule:
    """A rule from pairs of (English, Chinese)."""
    return Rule(
        id=id,
        severity=severity,
        in_force_from=since,
        verified=verified,
        read=read,
        gates=gates,
        about=about,
        bit=bit,
        only_overridden=only_overridden,
        confirmed_by=confirmed_by,
        facets=facets,
        citation=Text(*citation),
        title=Text(*title),
        chip=Text(*chip),
        sentence=Text(*sentence),
        mend=Text(*mend),
        inputs=inputs,
        check=check,
        numbers=numbers,
        student=None if student is None else Text(*student),
        unknown=None if unknown is None else Text(*unknown),
        warns=warns,
        softly=None if softly is None else Text(*softly),
        owner=owner,
        jobs=jobs,
        parameters=parameters,
    )


def codes(kind: str, group: object, field: str) -> str:
    """A list of codes of a group of facts as a number of a finding, said by their names; a dash where it is empty."""
    return f"{kind}:{','.join(getattr(group, field, None) or ())}"
