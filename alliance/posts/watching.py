"""Posts on offer, judged again as time passes."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from alliance.compliance.facts import Subject
from alliance.compliance.watch import Scope, Watched
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.regulation import OccupancyFacts

_TOUCHED: Final = {
    "all": "$2::uuid[] is not null",
    "host": "p.enterprise = any($2)",
    "post": "p.id = any($2)",
}
_ON_OFFER = """
select p.id, p.enterprise, p.title, p.ends, p.head_count, p.starts as began, greatest(p.starts, $1)
  as starts,
  coalesce((select max(d.interns) from occupancy_day d where d.post = p.id and d.day between
    greatest(p.starts, $1) and p.ends), 0)
    as post_peak,
  busiest.interns as host_peak, busiest.day as host_day
from post p left join lateral (
  select d.day, sum(d.interns)::int as interns from occupancy_day d
  where d.host = p.enterprise and d.day between greatest(p.starts, $1) and p.ends
  group by d.day order by interns desc, d.day limit 1) as busiest on true
where p.state = 'published' and (p.ends is null or p.ends >= $1) and {touched} order by p.id
"""


async def watch_posts(scope: Scope) -> list[Watched]:
    """Published posts that are not over, each with what it asks for over its remaining days."""
    if scope.kind not in _TOUCHED:
        return []
    rows = await DB.fetch(
        _ON_OFFER.format(touched=_TOUCHED[scope.kind]), clock.today(), list(scope.ids)
    )
    return [_watched(row, clock.today()) for row in rows]


def _watched(row: dict[str, Any], today: date) -> Watched:
    added = max(row["head_count"], row["post_peak"])
    return Watched(
        transition="post.publish",
        subject_kind="post",
        subject=row["id"],
        about=Subject(
            host=row["enterprise"],
            post=row["id"],
            starts=row["starts"],
            ends=row["ends"],
            began=row["began"],
        ),
        on_day=today,
        name=row["title"],
        given={
            "occupancy": OccupancyFacts(
                host_peak=(row["host_peak"] or 0) - row["post_peak"],
                post_peak=0,
                added_host=added,
                added_post=added,
                host_peak_on=row["host_day"],
            )
        },
    )
