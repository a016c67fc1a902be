"""Which students a post is closed to: the rules of proposals, asked about made-up students that
differ in one thing. Pure."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from alliance.kit.language import N_
from alliance.regulation import RULES, Facts, Finding, StudentFacts, category, gate_many

FIRST_YEAR, OTHER, MINOR, CHILD, WOMAN = (
    N_("A first-year student"),
    N_("A student of another category"),
    N_("A student of 17"),
    N_("A student of 15"),
    N_("A woman"),
)
_ABOUT_STUDENTS: Final = frozenset(
    rule.id for rule in RULES.values() if any(name.startswith("student.") for name in rule.inputs)
)


def closed_to(facts: Facts, specialties: list[str], on_day: date) -> list[tuple[str, Finding]]:
    """(who, finding) of each rule that closes a post to some students, by the law of a day; each
    rule once.

    `specialties` are the codes from which a student of another category is made up. Jobs are closed
    to nobody by these rules.
    """
    first = facts.post.starts
    if facts.post.kind != "internship" or first is None or not facts.post.wanted_specialties:
        return []
    people = _people(first, facts.post.wanted_specialties, specialties)
    asked = [msgspec.structs.replace(facts, student=person) for person in people.values()]
    found: dict[str, tuple[str, Finding]] = {}
    for who, findings in zip(people, gate_many("placement.propose", asked, on_day), strict=True):
        for finding in findings:
            if finding.rule in _ABOUT_STUDENTS and not finding.unknown:
                found.setdefault(finding.rule, (who, finding))
    return list(found.values())


def _people(
    first: date, wanted: tuple[str, ...], specialties: list[str]
) -> dict[str, StudentFacts]:
    """Students who would all be lawful but for one thing: in the third year, of age, of a wanted
    specialty, men."""
    year = first.year if first.month >= 9 else first.year - 1
    lawful = StudentFacts(
        student="", born=_years_before(first, 19), entry_year=year - 2, specialty=wanted[0], sex="M"
    )
    inside = {category(code) for code in wanted}
    other = next((code for code in specialties if category(code) not in inside), None)
    people = {
        FIRST_YEAR: msgspec.structs.replace(lawful, entry_year=year),
        MINOR: msgspec.structs.replace(lawful, born=_years_before(first, 17)),
        CHILD: msgspec.structs.replace(lawful, born=_years_before(first, 15)),
        WOMAN: msgspec.structs.replace(lawful, sex="F"),
    }
    return (
        people
        if other is None
        else {**people, OTHER: msgspec.structs.replace(lawful, specialty=other)}
    )


def _years_before(day: date, years: int) -> date:
    # the 28th stands in every February
    return day.replace(year=day.year - years, day=min(day.day, 28))
