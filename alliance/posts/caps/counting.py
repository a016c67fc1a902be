"""How full hosts and kinds of work are: the one answer for gates, forms, rounds and pages.

A cap binds a kind of work (the occupation at one enterprise) and the enterprise, not a post: before
a post is published, the places that are published and the interns who are placed count together;
before somebody is placed, all interns of the kind and of the host.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from alliance.compliance.facts import Subject
from alliance.kit.engine import DB
from alliance.kit.web.derived import Derived
from alliance.posts.caps.filling import Asked, County, Filled, Places
from alliance.regulation import OccupancyFacts

_PLACES: Final = """
select p.id, p.enterprise, p.occupation, p.state = 'published' as published, p.starts, p.ends,
  p.head_count
from post p where p.enterprise = any($1) and p.kind = 'internship' and (p.state = 'published'
  or exists (select from occupancy_change c where c.post = p.id))
"""
_INTERNS: Final = """
select post, day, interns from occupancy_change where host = any($1)
"""
_KINDS: Final = "select id, occupation from post where id = any($1)"


_COUNTIES: Derived[County] = Derived(16)


class _Change(msgspec.Struct, frozen=True):
    post: UUID
    day: date
    interns: int


async def county_of(hosts: Iterable[UUID]) -> County:
    """Posts and interns of these hosts as they stand, in the open transaction."""
    named = list(dict.fromkeys(hosts))
    posts = await DB.fetch_as(Places, _PLACES, named)
    changes = await DB.fetch_as(_Change, _INTERNS, named)

    def make() -> County:
        interns: dict[UUID, dict[date, int]] = {}
        for each in changes:
            interns.setdefault(each.post, {})[each.day] = each.interns
        return County(posts, interns)

    return _COUNTIES.of(tuple(named), (posts, changes), make)


async def filled(asked: Sequence[Asked]) -> list[Filled]:
    """How full host, kind of work and post are during each of these stays, in the open
    transaction."""
    county = await county_of(each.host for each in asked)
    return [county.filled(each) for each in asked]


async def tell_occupancy(subjects: Sequence[Subject]) -> list[OccupancyFacts | None]:
    """Interns of all schools on the fullest day of each subject's days, as they stand: nothing is
    added."""
    rows = await DB.fetch(_KINDS, list({subject.post for subject in subjects if subject.post}))
    kinds = {row["id"]: row["occupation"] for row in rows}
    asked = [
        Asked(
            host=subject.host,
            occupation=kinds.get(subject.post, ""),
            post=subject.post,
            starts=subject.starts,
            ends=subject.ends,
        )
        for subject in subjects
    ]
    return [
        None if each.starts is None or each.ends is None else facts_with(full, 0, 0)
        for each, full in zip(asked, await filled(asked), strict=True)
    ]


def facts_with(full: Filled, added_host: int, added_kind: int) -> OccupancyFacts:
    """Interns of all schools on the fullest day, and how many would be added."""
    return OccupancyFacts(
        host_peak=full.host.interns,
        kind_peak=full.kind.interns,
        added_host=added_host,
        added_kind=added_kind,
        host_peak_on=full.host.day,
        kind_peak_on=full.kind.day,
    )


def asked_for(head_count: int, full: Filled) -> OccupancyFacts:
    """What a post asks for, or who is there where that is more, beside what the other posts take
    up."""
    added = max(head_count, full.post.interns)
    return OccupancyFacts(
        host_peak=full.host_taken.interns,
        kind_peak=full.kind_taken.interns,
        added_host=added,
        added_kind=added,
        published=True,
        host_peak_on=full.host_taken.day,
        kind_peak_on=full.kind_taken.day,
    )
