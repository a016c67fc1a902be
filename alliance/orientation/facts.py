"""What visits tell the gates of a placement file: who goes along, and what was filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from alliance.compliance.facts import Subject
from alliance.kit.engine import DB
from alliance.regulation import PlacementFile

_VISITS: Final = """
select v.id, v.abroad, v.abroad_filed_on, v.accompanied, v.teacher, s.province from visit v join
  organisation s on s.id = v.school
where v.id = any($1)
"""


async def tell_files(subjects: Sequence[Subject]) -> list[PlacementFile | None]:
    """What a visit has of a file; None for what is no visit."""
    visits = {subject.visit for subject in subjects if subject.visit}
    if not visits:
        return [None] * len(subjects)
    seen = {row["id"]: visit_facts(row) for row in await DB.fetch(_VISITS, list(visits))}
    return [seen.get(subject.visit) if subject.visit else None for subject in subjects]


def visit_facts(row: Mapping[str, Any]) -> PlacementFile:
    """What a visit has of a file: going abroad, its filing and the teacher who goes along."""
    return PlacementFile(
        placement=str(row["id"]),
        instructor=row["teacher"] is not None,
        school_province=row["province"],
        abroad=row["abroad"],
        abroad_filed_on=row["abroad_filed_on"],
        accompanied=row["accompanied"] and row["teacher"] is not None,
    )
