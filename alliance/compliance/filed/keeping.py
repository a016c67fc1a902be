"""What filings would be confirmed for now: the facts of the work that each is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from alliance.compliance.facts import Subject, collect_groups
from alliance.filings.keeping import Named, Work
from alliance.kit.actors import SYSTEM
from alliance.kit.asking import subjects
from alliance.kit.engine import DB
from alliance.regulation import Facts, HostFacts, values_of

_GROUPS: Final = frozenset({"conditions", "student"})
_NO_HOST: Final = HostFacts(host="", name="", industry="", uscc_valid=False, staff=None)


async def tell(named: Sequence[Named]) -> Sequence[Sequence[Work]]:
    """The work that a filing for each of these is for, with the present value of each fact that it
    keeps, with the hub's eyes; asked once for all."""
    asked = list(dict.fromkeys((kind, subject) for kind, subject, _lifts in named))
    async with DB.reading(SYSTEM):
        works = {
            of: [work for work in told if work.host is not None]
            for of, told in (await subjects.works(asked)).items()
        }
        facts = await _facts_of([(of, work) for of, told in works.items() for work in told])
        alone = await _alone([subject for kind, subject in asked if kind == "student"])
    return [
        [
            Work(
                post=work.post,
                placement=work.placement,
                starts=work.starts,
                ends=work.ends,
                values=values_of(lifts, kind, facts[subject, work.placement or work.post]),
            )
            for work in works[subject]
        ]
        + [Work(values=values_of(lifts, kind, each)) for each in alone.get(subject, ())]
        for kind, subject, lifts in named
    ]


async def _facts_of(
    works: Sequence[tuple[UUID, subjects.Subject]],
) -> dict[tuple[UUID, UUID | None], Facts]:
    """(what it is the work of, placement or post) → the facts of the work."""
    if not works:
        return {}
    facts = await collect_groups(
        _GROUPS,
        [
            Subject(
                host=work.host,
                post=work.post,
                student=work.student,
                placement=work.placement,
                school=work.school,
                starts=work.starts,
                ends=work.ends,
            )
            for _of, work in works
            if work.host is not None
        ],
    )
    return {
        (of, work.placement or work.post): each
        for (of, work), each in zip(works, facts, strict=True)
    }


async def _alone(students: Sequence[UUID]) -> dict[UUID, list[Facts]]:
    """Student → the facts of the student whom a filing names, before any placement."""
    if not students:
        return {}
    none: dict[str, Sequence[object]] = {
        "host": [_NO_HOST for _each in students],
        "post": [None for _each in students],
    }
    facts = await collect_groups(
        frozenset({"student"}), [Subject(host=each, student=each) for each in students], none
    )
    return {student: [each] for student, each in zip(students, facts, strict=True)}
