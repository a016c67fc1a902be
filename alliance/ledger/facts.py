"""What the ledger tells gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alliance.compliance.facts import Subject
from alliance.kit.engine import DB
from alliance.regulation import (
    OccupancyFacts,
)

_BUSIEST = """
select distinct on (key) key, day, interns from (
  select {key} as key, day, sum(interns)::int as interns from occupancy_day
  where {key} = any($1) and day between $2 and $3 group by {key}, day) as days
order by key, interns desc, day
"""


async def tell_occupancy(subjects: Sequence[Subject]) -> list[OccupancyFacts | None]:
    """Interns of all schools on the fullest day of each subject's days, as the ledger stands:
    nothing is added."""
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
            found[at] = OccupancyFacts(
                host_peak=host_peak,
                post_peak=post_peak,
                host_peak_on=host_day,
                post_peak_on=post_day,
            )
    return found


async def _busiest(key: str, ids: set[Any], starts: Any, ends: Any) -> dict[Any, tuple[Any, int]]:
    rows = await DB.fetch(_BUSIEST.format(key=key), list(ids), starts, ends)
    return {row["key"]: (row["day"], row["interns"]) for row in rows}


def occupancy_facts(row: Mapping[str, Any], added_host: int, added_post: int) -> OccupancyFacts:
    """Interns of all schools on the fullest day, and how many would be added."""
    return OccupancyFacts(
        host_peak=row["host_peak"],
        post_peak=row["post_peak"],
        added_host=added_host,
        added_post=added_post,
    )
