"""What programmes tell gates of students."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from alliance.compliance.facts import Subject
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.regulation import StudentFacts

_STUDENTS = """
select s.id, s.born, s.sex, c.entry_year, g.specialty, u.day, student_state_on(s.id, u.day) as state
from unnest($1::uuid[], $2::date[]) as u(id, day) join student s on s.id = u.id
  join school_class c on c.id = s.school_class join programme g on g.id = c.programme
"""


async def tell_students(subjects: Sequence[Subject]) -> list[StudentFacts | None]:
    """Students, as far as the actor may see them."""
    asked = {(subject.student, _day(subject)) for subject in subjects if subject.student}
    rows = await DB.fetch(_STUDENTS, [one for one, _on in asked], [on for _one, on in asked])
    found = {
        (row["id"], row["day"]): StudentFacts(
            student=str(row["id"]),
            born=row["born"],
            entry_year=row["entry_year"],
            specialty=row["specialty"],
            sex=row["sex"],
            state=row["state"],
        )
        for row in rows
    }
    return [
        None if subject.student is None else found.get((subject.student, _day(subject)))
        for subject in subjects
    ]


def _day(subject: Subject) -> date:
    """The day whose state counts: today, or the first day where that is ahead."""
    return max(clock.today(), subject.starts or clock.today())
