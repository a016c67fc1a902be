"""How full a host and a kind of work are from day to day: interns who are placed, and places that
are published. Pure.

A *course* is a count that changes from day to day, kept as its changes. What a post takes up on a
day is the larger of its published places and the interns who are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from alliance.ledger.model import Peak

Course = Mapping[date, int]
"""Day → by how many the count becomes larger on it."""
DAY = timedelta(days=1)
MOST = 2_000
"""Stays of which the same county says again what it said."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Some days at a host, in one kind of work (occupation), at one post where there is one."""

    host: UUID
    occupation: str
    post: UUID | None = None
    starts: date | None = None
    ends: date | None = None


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """A post of a host: its kind of work, and the places that are published, with their days."""

    id: UUID
    enterprise: UUID
    occupation: str
    published: bool
    starts: date
    ends: date
    head_count: int


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """The fullest of some days, over all schools."""

    host: Peak = Peak()
    """Interns at the host."""
    kind: Peak = Peak()
    """Interns in the kind of work there."""
    post: Peak = Peak()
    """Interns at the post."""
    host_taken: Peak = Peak()
    """Places or interns of the host's other posts."""
    kind_taken: Peak = Peak()
    """Places or interns of the other posts of the kind of work."""


def taken(interns: Course, post: Places) -> Course:
    """The course of what a post takes up: on each day its places or its interns, whichever is
    more."""
    offered: Course = (
        {post.starts: post.head_count, post.ends + DAY: -post.head_count} if post.published else {}
    )
    course: dict[date, int] = {}
    there = places = before = 0
    for day in sorted({*interns, *offered}):
        there += interns.get(day, 0)
        places += offered.get(day, 0)
        course[day] = max(there, places) - before
        before = max(there, places)
    return course


def peak(course: Course, starts: date | None, ends: date | None) -> Peak:
    """The first of the fullest days from one day to another; nobody without days."""
    if starts is None or ends is None or ends < starts:
        return Peak()
    level = sum([more for day, more in course.items() if day <= starts])
    best = Peak(day=starts, interns=level) if level > 0 else Peak()
    for day in sorted([day for day in course if starts < day <= ends]):
        level += course[day]
        if level > best.interns:
            best = Peak(day=day, interns=level)
    return best


class County:
    """Posts and interns of some hosts, asked for the fullest day of many stays."""

    def __init__(self, posts: Sequence[Places], interns: Mapping[UUID, Course]) -> None:
        self._interns = interns
        self._taken: dict[UUID, Course] = {}
        self._sums: dict[tuple[str, object], dict[date, int]] = {}
        self._known: dict[Asked, Filled] = {}
        for post in posts:
            mine = self._taken[post.id] = taken(interns.get(post.id, {}), post)
            kind = (post.enterprise, post.occupation)
            self._add(interns.get(post.id, {}), ("host", post.enterprise), ("kind", kind))
            self._add(mine, ("host taken", post.enterprise), ("kind taken", kind))
        self._kind_of = {post.id: (post.enterprise, post.occupation) for post in posts}

    def filled(self, asked: Asked) -> Filled:
        """How full it is during a stay."""
        known = self._known.get(asked)
        if known is None:
            if len(self._known) >= MOST:
                self._known.clear()
            known = self._known[asked] = self._filled(asked)
        return known

    def _filled(self, asked: Asked) -> Filled:
        kind = (asked.host, asked.occupation)
        of_kind = asked.post is not None and self._kind_of.get(asked.post) == kind
        days = asked.starts, asked.ends
        none: Course = {}
        return Filled(
            host=peak(self._sums.get(("host", asked.host), none), *days),
            kind=peak(self._sums.get(("kind", kind), none), *days),
            post=peak(none if asked.post is None else self._interns.get(asked.post, none), *days),
            host_taken=peak(self._others(("host taken", asked.host), asked.post), *days),
            kind_taken=peak(
                self._others(("kind taken", kind), asked.post if of_kind else None), *days
            ),
        )

    def others_on(self, asked: Asked) -> Iterable[tuple[date, int]]:
        """Each day of a stay with the places or interns of the host's other posts."""
        course = self._others(("host taken", asked.host), asked.post)
        return on_days(course, asked.starts, asked.ends)

    def _others(self, of: tuple[str, object], post: UUID | None) -> Course:
        course = dict(self._sums.get(of, {}))
        for day, more in (self._taken.get(post, {}) if post is not None else {}).items():
            course[day] = course.get(day, 0) - more
        return course

    def _add(self, course: Course, *to: tuple[str, object]) -> None:
        for of in to:
            whole = self._sums.setdefault(of, {})
            for day, more in course.items():
                whole[day] = whole.get(day, 0) + more


def on_days(course: Course, starts: date | None, ends: date | None) -> Iterable[tuple[date, int]]:
    """Each day from one to another with its count."""
    if starts is None or ends is None:
        return
    level = sum(more for day, more in course.items() if day < starts)
    for offset in range((ends - starts).days + 1):
        day = starts + timedelta(days=offset)
        level += course.get(day, 0)
        yield day, level
