"""Hosts in use and placements that are not over, judged again as time passes."""

from __future__ import annotations

from typing import Any, Final

from alliance.compliance.facts import Subject, told
from alliance.compliance.watch import Scope, Watched
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.postgres.values import Values

_TOUCHED: Final = {
    "placement": "p.id",
    **{kind: f"p.{kind}" for kind in ("post", "student", "host", "round", "school")},
}
_PLACEMENTS = """
select p.id, p.school, p.host, p.post, p.student, p.state, p.starts, p.ends, t.title, s.pseudonym
from placement p join post t on t.id = p.post join student s on s.id = p.student
where p.state not in ('ended', 'cancelled') and p.ends >= $1 and {touched} order by p.id
"""


async def watch_placements(scope: Scope) -> list[Watched]:
    """Placements that are not over, by the law of their first day: work and caps over the days that
    are left, file and agreement over all days, so that what came late stays late."""
    given = Values(clock.today())
    rows = await DB.fetch(_PLACEMENTS.format(touched=scope.condition(_TOUCHED, given)), *given.all)
    # a file that nobody keeps in this process is left out: all its rules would be said to be
    # unjudged
    gates = ["round.publish", "placement.start"] if told("file", "agreement") else ["round.publish"]
    return [_watched(row, transition) for row in rows for transition in gates]


def _watched(row: dict[str, Any], transition: str) -> Watched:
    left = max(row["starts"], clock.today()) if transition == "round.publish" else row["starts"]
    return Watched(
        transition=transition,
        subject_kind="placement",
        subject=row["id"],
        about=Subject(
            host=row["host"],
            post=row["post"],
            student=row["student"],
            placement=row["id"],
            school=row["school"],
            starts=left,
            ends=row["ends"],
            began=row["starts"],
        ),
        on_day=row["starts"],
        name=row["title"],
        mark=row["pseudonym"],
        due=row["starts"] if transition == "placement.start" else None,
    )
