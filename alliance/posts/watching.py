"""Posts on offer, judged again as time passes."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from alliance.compliance.facts import Subject
from alliance.compliance.watch import Scope, Watched
from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.kit.postgres.values import Values
from alliance.posts.caps.counting import asked_for, filled
from alliance.posts.caps.filling import Asked, Filled

_TOUCHED: Final = {"host": "p.enterprise", "post": "p.id"}
_ON_OFFER = """
select p.id, p.enterprise, p.occupation, p.title, p.ends, p.head_count, p.starts as began,
  greatest(p.starts, $1) as starts
from post p where p.state = 'published' and (p.ends is null or p.ends >= $1)
  and {touched} order by p.id
"""


async def watch_posts(scope: Scope) -> list[Watched]:
    """Published posts that are not over, each with what it asks for over its remaining days."""
    given = Values(clock.today())
    rows = await DB.fetch(_ON_OFFER.format(touched=scope.condition(_TOUCHED, given)), *given.all)
    full = await filled(
        [
            Asked(
                host=row["enterprise"],
                occupation=row["occupation"],
                post=row["id"],
                starts=row["starts"],
                ends=row["ends"],
            )
            for row in rows
        ]
    )
    return [_watched(row, there, clock.today()) for row, there in zip(rows, full, strict=True)]


def _watched(row: dict[str, Any], full: Filled, today: date) -> Watched:
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
        given={"occupancy": asked_for(row["head_count"], full)},
    )
