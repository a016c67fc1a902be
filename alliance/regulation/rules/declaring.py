"""How rules are written down: pairs of English and Chinese, the common source, the common date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import reduce
from operator import or_
from typing import Final

from alliance.regulation.columns import Bools, Columns
from alliance.regulation.facts import Facts
from alliance.regulation.model import (
    About,
    Cause,
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
Causes = tuple[Cause, ...]


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
    facts: Mapping[tuple[str, str, str], tuple[str, ...]] = {},
    title: Pair,
    chip: Pair,
    sentence: Pair | None = None,
    causes: tuple[Cause, ...] = (),
    mend: Pair,
    inputs: tuple[str, ...],
    check: Callable[[Columns], Bools] | None = None,
    numbers: Callable[[Facts], Names] | None = None,
    student: Pair | None = None,
    unknown: Pair | None = None,
    warns: Callable[[Columns], Bools] | None = None,
    softly: Pair | None = None,
    owner: Owner = "school",
    verified: bool = True,
    read: tuple[str, ...] = (),
    jobs: bool = False,
    forbidden: bool = False,
    since: date = PROVISIONS,
    parameters: Mapping[str, int] = {},
) -> Rule:
    """A rule from pairs of (English, Chinese): with one `sentence` and its `check`, or with several
    `causes`; `facts` are its facets, as (name, English, Chinese) and the codes of their causes."""
    facets = (*facets, *(_facet(named, codes, causes) for named, codes in facts.items()))
    check = check or _any_of(causes, softly=False)
    if any(each.softly for each in causes):
        warns = _any_of(causes, softly=True)
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
        causes=causes,
        sentence=None if sentence is None else Text(*sentence),
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
        forbidden=forbidden,
        parameters=parameters,
    )


def cause(
    code: str,
    when: Callable[[Columns], Bools],
    english: str,
    chinese: str,
    *,
    student: Pair | None = None,
    softly: bool = False,
    forbidden: bool = False,
    mend: Pair | None = None,
) -> Cause:
    """One way in which a rule is broken, or with `softly` is worth a warning."""
    told = None if student is None else Text(*student)
    mends = None if mend is None else Text(*mend)
    return Cause(code, when, Text(english, chinese), told, softly, forbidden, mends)


def _facet(named: tuple[str, str, str], codes: tuple[str, ...], causes: tuple[Cause, ...]) -> Facet:
    name, english, chinese = named
    mine = tuple(each for each in causes if each.code in codes)
    check = _any_of(mine, softly=False)
    return Facet(name=name, title=Text(english, chinese), check=check, causes=codes)


def _any_of(causes: tuple[Cause, ...], *, softly: bool) -> Callable[[Columns], Bools]:
    asked = [each.when for each in causes if each.softly == softly]
    return lambda columns: reduce(or_, (when(columns) for when in asked))


def codes(kind: str, group: object, field: str) -> str:
    """A list of codes of a group of facts as a number of a finding, said by their names; a dash where it is empty."""
    return f"{kind}:{','.join(getattr(group, field, None) or ())}"
