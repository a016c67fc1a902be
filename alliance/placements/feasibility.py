"""Which student may go to which post of a round: facts read once, rules run over columns, caps from the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray
from stdnum.cn import uscc

from alliance.kit import clock
from alliance.kit.engine import DB
from alliance.regulation import (
    HostFacts,
    OccupancyFacts,
    PairColumns,
    PostFacts,
    StudentFacts,
    host_cap,
    pair_mask,
    post_cap,
)

_POSTS = """
select p.id, p.title, p.kind, p.enterprise, p.occupation, p.head_count, p.starts, p.ends, p.pay_monthly, p.hours_per_day,
  p.days_per_week, p.shift, p.staff_same_type, p.lodging, p.meals, p.state, p.description,
  o.name as enterprise_name, o.name_en as enterprise_name_en, o.industry, o.uscc,
  oc.name_zh as occupation_zh, oc.name_en as occupation_en,
  t.name_zh as town_zh, t.name_en as town_en, t.longitude, t.latitude,
  (select array_agg(s.specialty order by s.specialty) from post_specialty s where s.post = p.id) as wanted,
  (select c.staff from staff_count c where c.organisation = o.id and c.counted_on <= $2 order by c.counted_on desc limit 1)
    as staff
from round_post r join post p on p.id = r.post join organisation o on o.id = p.enterprise
  join occupation oc on oc.code = p.occupation join town t on t.code = p.town
where r.round = $1 order by o.name, p.title, p.id
"""

_POST_PEAKS = """
select post, max(interns) as peak from occupancy_day where post = any($1) and day between $2 and $3 group by post
"""

_HOST_PEAKS = """
select host, max(interns)::int as peak from (
  select host, day, sum(interns) as interns from occupancy_day where host = any($1) and day between $2 and $3
  group by host, day) by_day
group by host
"""

_STUDENTS = """
select s.id, s.pseudonym, s.born, s.grade, s.sex, s.number, s.name, s.school_class, c.name as class_name, c.entry_year,
  g.specialty, t.longitude, t.latitude, t.name_zh as town_zh, t.name_en as town_en, p.key
from round_class r join school_class c on c.id = r.school_class join programme g on g.id = c.programme
  join student s on s.school_class = c.id join person p on p.id = s.person left join town t on t.code = s.town
where r.round = $1 and ($2::uuid is null or s.id = $2) order by s.number, s.id
"""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The posts of a round with what the law leaves of each: capacities are the smallest over the days of the window."""

    posts: tuple[dict[str, Any], ...]
    position: Mapping[UUID, int]
    """Post id → position in `posts`."""
    hosts: tuple[UUID, ...]
    host_of: NDArray[np.int32]
    """[posts] position in `hosts`."""
    post_capacity: NDArray[np.int32]
    """[posts] min(head count, 20 % cap) minus the interns of the fullest day."""
    host_capacity: NDArray[np.int32]
    """[hosts] 10 % cap minus the interns of the fullest day; 0 where the staff count is unknown."""


async def read_offer(round_row: Mapping[str, Any]) -> Offer:
    """The posts of a round in the open transaction, by enterprise and title."""
    starts, ends = round_row["starts"], round_row["ends"]
    rows = await DB.fetch(_POSTS, round_row["id"], clock.today())
    hosts = list(dict.fromkeys(row["enterprise"] for row in rows))
    of_posts = await DB.fetch(_POST_PEAKS, [row["id"] for row in rows], starts, ends)
    of_hosts = await DB.fetch(_HOST_PEAKS, hosts, starts, ends)
    post_peaks, host_peaks = ({r["post"]: r["peak"] for r in of_posts}, {r["host"]: r["peak"] for r in of_hosts})
    for row in rows:
        row["wanted"] = tuple(row["wanted"] or ())
        row["post_peak"], row["host_peak"] = post_peaks.get(row["id"], 0), host_peaks.get(row["enterprise"], 0)
    position = {host: index for index, host in enumerate(hosts)}
    by_host = {row["enterprise"]: row for row in rows}
    return Offer(
        posts=tuple(rows),
        position={row["id"]: index for index, row in enumerate(rows)},
        hosts=tuple(hosts),
        host_of=np.array([position[row["enterprise"]] for row in rows], np.int32),
        post_capacity=np.array([_post_room(row) for row in rows], np.int32),
        host_capacity=np.array([_host_room(by_host[host]) for host in hosts], np.int32),
    )


async def read_students(round_id: UUID, only: UUID | None = None) -> list[dict[str, Any]]:
    """The students of a round's classes in the open transaction, by student number; names stay ciphertext."""
    return await DB.fetch(_STUDENTS, round_id, only)


async def read_links() -> dict[tuple[str, str], float]:
    """(specialty, occupation) → weight, 0 to 1."""
    rows = await DB.fetch("select specialty, occupation, weight from specialty_occupation")
    return {(row["specialty"], row["occupation"]): row["weight"] for row in rows}


def rule_masks(students: Sequence[Mapping[str, Any]], offer: Offer, starts: date, ends: date) -> NDArray[np.uint64]:
    """[students × posts] one bit per broken rule (`regulation.RULE_BITS`), judged by the law of the round's first day."""
    columns = PairColumns.of(
        [student_facts(row) for row in students],
        [post_facts(row, starts, ends) for row in offer.posts],
        [host_facts(row) for row in offer.posts],
    )
    return pair_mask(columns, starts)


def student_facts(row: Mapping[str, Any]) -> StudentFacts:
    """What the rules ask about a student."""
    return StudentFacts(student=str(row["id"]), born=row["born"], entry_year=row["entry_year"], specialty=row["specialty"])


def post_facts(row: Mapping[str, Any], starts: date, ends: date) -> PostFacts:
    """What the rules ask about a post, over the dates of the placement."""
    return PostFacts(
        post=str(row["id"]),
        host=str(row["enterprise"]),
        kind=row["kind"],
        starts=starts,
        ends=ends,
        wanted_specialties=row["wanted"],
        staff_same_type=row["staff_same_type"],
        hours_per_day=float(row["hours_per_day"]),
        days_per_week=row["days_per_week"],
        shift=row["shift"],
    )


def host_facts(row: Mapping[str, Any]) -> HostFacts:
    """What the rules ask about a host."""
    return HostFacts(
        host=str(row["enterprise"]),
        name=row["enterprise_name"],
        industry=row["industry"] or "",
        uscc_valid=uscc.is_valid(row["uscc"] or ""),
        staff=row["staff"],
    )


def occupancy_facts(row: Mapping[str, Any], added_host: int, added_post: int) -> OccupancyFacts:
    """Interns of all schools on the fullest day, and how many would be added."""
    return OccupancyFacts(host_peak=row["host_peak"], post_peak=row["post_peak"], added_host=added_host, added_post=added_post)


def _post_room(row: Mapping[str, Any]) -> int:
    cap = 0 if row["staff_same_type"] is None else post_cap(row["staff_same_type"])
    return max(0, min(int(row["head_count"]), cap) - int(row["post_peak"]))


def _host_room(row: Mapping[str, Any]) -> int:
    cap = 0 if row["staff"] is None else host_cap(row["staff"])
    return max(0, cap - int(row["host_peak"]))
