"""What programmes tell gates of students."""

from __future__ import annotations

from collections.abc import Sequence

from alliance.compliance.facts import Subject
from alliance.kit.engine import DB
from alliance.regulation import StudentFacts

_STUDENTS = """
select s.id, s.born, s.sex, c.entry_year, g.specialty from student s join school_class c on c.id =
  s.school_class
  join programme g on g.id = c.programme where s.id = any($1)
"""


async def tell_students(subjects: Sequence[Subject]) -> list[StudentFacts | None]:
    """Students, as far as the actor may see them."""
    rows = await DB.fetch(
        _STUDENTS, list({subject.student for subject in subjects if subject.student})
    )
    found = {
        row["id"]: StudentFacts(
            student=str(row["id"]),
            born=row["born"],
            entry_year=row["entry_year"],
            specialty=row["specialty"],
            sex=row["sex"],
        )
        for row in rows
    }
    return [None if subject.student is None else found.get(subject.student) for subject in subjects]
