"""What students and placements are where others name them: in a filing, in evidence, in what a gate
found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from alliance.kit.actors import Actor
from alliance.kit.asking.subjects import Choice, Kind, Subject
from alliance.kit.engine import DB

_STUDENTS: Final = "select s.id, s.pseudonym from student s where s.id = any($1)"
_PLACEMENTS: Final = """
select p.id, p.host, coalesce(h.name, '') as host_name, coalesce(s.pseudonym, '') as pseudonym,
  p.starts, p.ends
from placement p left join organisation h on h.id = p.host left join student s on s.id = p.student
where p.id = any($1)
"""
_STUDENT_CHOICES: Final = """
select s.id, s.pseudonym as label, c.name as note, null::uuid as host
from student s join school_class c on c.id = s.school_class
where s.school = $1 and ($2::uuid is null or s.id = $2)
  and s.pseudonym || s.number || c.name ilike $3
order by c.name, s.number, s.id limit $4
"""
_PLACEMENT_CHOICES: Final = """
select pl.id, s.pseudonym as label, p.title || ' · ' || o.name as note, pl.host
from placement pl join student s on s.id = pl.student
  join post p on p.id = pl.post join organisation o on o.id = pl.host
where pl.school = $1 and pl.state not in ('ended', 'cancelled')
  and ($2::uuid is null or pl.id = $2) and s.pseudonym || p.title || o.name ilike $3
order by s.pseudonym, pl.starts, pl.id limit $4
"""
_PLACED: Final = """
select p.id, p.title, pl.host, o.name as host_name, pl.starts, pl.ends, pl.post, pl.student,
  pl.id as placement, pl.school, asked.of
from unnest($1::uuid[]) as asked (of) cross join lateral (
  select * from placement where (id = asked.of or student = asked.of) and state <> 'cancelled'
  order by starts, id limit 200) pl
join post p on p.id = pl.post join organisation o on o.id = pl.host
order by pl.starts, pl.id
"""


async def _describe_students(ids: Collection[UUID]) -> Sequence[Subject]:
    return await DB.fetch_as(Subject, _STUDENTS, list(ids))


async def _describe_placements(ids: Collection[UUID]) -> Sequence[Subject]:
    return await DB.fetch_as(Subject, _PLACEMENTS, list(ids))


async def _choose_students(
    actor: Actor, only: UUID | None, pattern: str, most: int
) -> Sequence[Choice]:
    return await DB.fetch_as(Choice, _STUDENT_CHOICES, actor.organisation, only, pattern, most)


async def _choose_placements(
    actor: Actor, only: UUID | None, pattern: str, most: int
) -> Sequence[Choice]:
    return await DB.fetch_as(Choice, _PLACEMENT_CHOICES, actor.organisation, only, pattern, most)


async def _placed(subjects: Collection[UUID]) -> Sequence[Subject]:
    return await DB.fetch_as(Subject, _PLACED, list(subjects))


async def _are_students(ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    rows = await DB.fetch("select id from student where id = any($1)", list(ids))
    return {row["id"]: row["id"] for row in rows}


async def _students_placed(ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    rows = await DB.fetch("select id, student from placement where id = any($1)", list(ids))
    return {row["id"]: row["student"] for row in rows}


async def _themself(student: UUID) -> Sequence[UUID]:
    return [student]


async def _placements_of(student: UUID) -> Sequence[UUID]:
    rows = await DB.fetch("select id from placement where student = $1", student)
    return [row["id"] for row in rows]


async def _right_ended(placement: UUID) -> date | None:
    last: date | None = await DB.fetch_value("select right_ended($1)", placement)
    return last


KINDS: Final = {
    "student": Kind(
        describe=_describe_students,
        choices=_choose_students,
        works=_placed,
        students=_are_students,
        about=_themself,
    ),
    "placement": Kind(
        describe=_describe_placements,
        choices=_choose_placements,
        works=_placed,
        students=_students_placed,
        about=_placements_of,
        ended=_right_ended,
    ),
}
"""A student is told here, because it is their placements that are filed for with them."""
