"""What placements tell the gates: how a student came to a post, and how full post and host are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from alliance.compliance.facts import Subject
from alliance.kit.engine import DB
from alliance.regulation import ArrangementFacts, OccupancyFacts, StudentFacts

ARRANGED_BY_SCHOOL: Final = ArrangementFacts(
    internship_type="post", arranged_by="school", origin="school", money_per_head=0.0, other_parties=0
)
"""How every placement of a round comes about."""

_STUDENTS = """
select s.id, s.born, s.sex, c.entry_year, g.specialty from student s join school_class c on c.id = s.school_class
  join programme g on g.id = c.programme where s.id = any($1)
"""
_ARRANGEMENTS = """
select p.id, p.arranged_by, p.origin, p.money_per_head, p.other_parties, p.application_approved_on,
  f.consent_refused_on, f.penalised
from placement p join placement_file f on f.placement = p.id where p.id = any($1)
"""
_BUSIEST = """
select distinct on (key) key, day, interns from (
  select {key} as key, day, sum(interns)::int as interns from occupancy_day
  where {key} = any($1) and day between $2 and $3 group by {key}, day) as days
order by key, interns desc, day
"""


async def tell_students(subjects: Sequence[Subject]) -> list[StudentFacts | None]:
    """Students, as far as the actor may see them."""
    rows = await DB.fetch(_STUDENTS, list({subject.student for subject in subjects if subject.student}))
    found = {
        row["id"]: StudentFacts(
            student=str(row["id"]), born=row["born"], entry_year=row["entry_year"], specialty=row["specialty"], sex=row["sex"]
        )
        for row in rows
    }
    return [None if subject.student is None else found.get(subject.student) for subject in subjects]


async def tell_arrangements(subjects: Sequence[Subject]) -> list[ArrangementFacts | None]:
    """How stored placements came about."""
    rows = await DB.fetch(_ARRANGEMENTS, list({subject.placement for subject in subjects if subject.placement}))
    found = {row["id"]: _arrangement(row) for row in rows}
    return [None if subject.placement is None else found.get(subject.placement) for subject in subjects]


async def tell_occupancy(subjects: Sequence[Subject]) -> list[OccupancyFacts | None]:
    """Interns of all schools on the fullest day of each subject's days, as the ledger stands: nothing is added."""
    found: list[OccupancyFacts | None] = [None] * len(subjects)
    windows: dict[tuple[Any, Any], list[int]] = {}
    for at, subject in enumerate(subjects):
        if subject.starts is not None and subject.ends is not None:
            windows.setdefault((subject.starts, subject.ends), []).append(at)
    for (starts, ends), places in windows.items():
        hosts = await _busiest("host", {subjects[at].host for at in places}, starts, ends)
        posts = await _busiest("post", {subjects[at].post for at in places} - {None}, starts, ends)
        for at in places:
            host_day, host_peak = hosts.get(subjects[at].host, (None, 0))
            post_day, post_peak = posts.get(subjects[at].post, (None, 0))
            found[at] = OccupancyFacts(host_peak=host_peak, post_peak=post_peak, host_peak_on=host_day, post_peak_on=post_day)
    return found


async def _busiest(key: str, ids: set[Any], starts: Any, ends: Any) -> dict[Any, tuple[Any, int]]:
    rows = await DB.fetch(_BUSIEST.format(key=key), list(ids), starts, ends)
    return {row["key"]: (row["day"], row["interns"]) for row in rows}


def _arrangement(row: dict[str, Any]) -> ArrangementFacts:
    return ArrangementFacts(
        internship_type="post",
        arranged_by=row["arranged_by"],
        origin=row["origin"],
        money_per_head=float(row["money_per_head"]),
        other_parties=row["other_parties"],
        consent_refused=row["consent_refused_on"] is not None,
        penalised=row["penalised"],
        application_approved_on=row["application_approved_on"],
    )
