"""Reads what a round depends on: offer, students, wishes, changes, what filings lift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from alliance.compliance.facts import Subject, collect_groups, without_post
from alliance.compliance.filed.lifting import lifted_for
from alliance.kit import clock
from alliance.kit.actors import SYSTEM
from alliance.kit.asking import restrictions
from alliance.kit.asking.ids import RoundId, RunId, StudentId
from alliance.kit.engine import DB
from alliance.kit.problems import Missing
from alliance.posts.caps.counting import filled
from alliance.posts.caps.filling import Asked, Filled
from alliance.reference import queries as reference
from alliance.regulation import Facts, HostFacts, host_cap, post_cap
from alliance.rounds.matching.explaining import Left
from alliance.rounds.matching.feasibility import _OF_POSTS, Kind, Offer, student_facts, subject_of
from alliance.rounds.matching.seasons import Base, Changes, Decision, earlier_of
from alliance.rounds.matching.wishes import Inputs

_POSTS = """
select p.id, p.title, p.kind, p.enterprise, p.occupation, p.head_count, p.starts, p.ends,
  p.pay_monthly, p.hours_per_day,
  p.days_per_week, p.shift, p.staff_same_type, p.lodging, p.meals, p.state, p.description,
  o.name as enterprise_name, o.name_en as enterprise_name_en, o.industry, o.uscc,
  oc.name_zh as occupation_zh, oc.name_en as occupation_en,
  t.name_zh as town_zh, t.name_en as town_en, t.longitude, t.latitude,
  (select array_agg(s.specialty order by s.specialty) from post_specialty s where s.post = p.id) as
    wanted,
  staff_on(o.id, $2) as staff
from round_post r join post p on p.id = r.post join organisation o on o.id = p.enterprise
  join occupation oc on oc.code = p.occupation join town t on t.code = p.town
where r.round = $1 order by o.name, p.title, p.id
"""


_STUDENTS = """
select s.id, s.pseudonym, s.born, s.grade, s.sex, s.number, s.name, s.school_class, c.name as
  class_name, c.entry_year,
  g.specialty, t.longitude, t.latitude, t.name_zh as town_zh, t.name_en as town_en, p.key
from round_member r join student s on s.id = r.student join school_class c on c.id = s.school_class
  join programme g on g.id = c.programme join person p on p.id = s.person
  left join town t on t.code = s.town
where r.round = $1 and {} and not r.elsewhere
order by s.number, s.id
"""
_TAKING_PART = _STUDENTS.format("s.id <> all($2::uuid[])")
_ONE = _STUDENTS.format("s.id = $2")


async def posts_of(round_row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The posts of a round in the open transaction, by enterprise and title, without what the law
    says of them."""
    rows = await DB.fetch(_POSTS, round_row["id"], clock.today())
    for row in rows:
        row["wanted"] = tuple(row["wanted"] or ())
    return rows


async def places_left(round_row: Mapping[str, Any]) -> dict[UUID, Left]:
    """What each post of a round has today, in the open transaction."""
    rows = await posts_of(round_row)
    for row, full in zip(rows, await _filled(round_row, rows), strict=True):
        row["full"] = full
    return {row["id"]: Left(row["head_count"], _post_room(row)) for row in rows}


async def _filled(
    round_row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> Sequence[Filled]:
    return await filled(
        [
            Asked(
                host=row["enterprise"],
                occupation=row["occupation"],
                post=row["id"],
                starts=round_row["starts"],
                ends=round_row["ends"],
            )
            for row in rows
        ]
    )


async def read_offer(round_row: Mapping[str, Any]) -> Offer:
    """The posts of a round in the open transaction, by enterprise and title."""
    rows = await posts_of(round_row)
    hosts = list(dict.fromkeys(row["enterprise"] for row in rows))
    for row, there in zip(rows, await _filled(round_row, rows), strict=True):
        row["full"] = there
    of_host: dict[UUID, list[dict[str, Any]]] = {host: [] for host in hosts}
    for row in rows:
        of_host[row["enterprise"]].append(row)
    position = {host: index for index, host in enumerate(hosts)}
    subjects = [subject_of(round_row, row) for row in rows]
    facts = await collect_groups(_OF_POSTS, subjects)
    filed = await lifted_for(subjects, facts)
    lifted = tuple(each.rules for each in filed)
    for row, each in zip(rows, filed, strict=True):
        row["allows"] = each.allows
    of_kind: dict[Kind, list[dict[str, Any]]] = {}
    for row in rows:
        of_kind.setdefault((row["enterprise"], row["occupation"]), []).append(row)
    rooms = {kind: _kind_room(posts) for kind, posts in of_kind.items()}
    kinds = [kind for kind, posts in of_kind.items() if rooms[kind] < sum(map(_post_room, posts))]
    return Offer(
        posts=tuple(rows),
        position={row["id"]: index for index, row in enumerate(rows)},
        hosts=tuple(hosts),
        host_of=np.array([position[row["enterprise"]] for row in rows], np.int32),
        facts=tuple(facts),
        lifted=lifted,
        post_capacity=np.array([_post_room(row) for row in rows], np.int32),
        host_capacity=np.array([_host_room(of_host[host]) for host in hosts], np.int32),
        kinds=tuple(kinds),
        kind_of=np.array(
            [
                kinds.index(kind) if kind in kinds else -1
                for kind in ((row["enterprise"], row["occupation"]) for row in rows)
            ],
            np.int32,
        ),
        kind_capacity=np.array([rooms[kind] for kind in kinds], np.int32),
    )


async def read_students(round_id: RoundId, only: StudentId | None = None) -> list[dict[str, Any]]:
    """The students of a round's classes in the open transaction, by student number; names stay
    ciphertext.

    Who has a placement at that time already, from another round or found by themselves, takes no
    part: the ledger counts them. Nor does who had the use of their data restricted; asked for one
    by one (`only`) they are found.
    """
    if only is not None:
        return await DB.fetch(_ONE, round_id, only)
    return await DB.fetch(_TAKING_PART, round_id, list(await restrictions.in_force()))


async def lifted_for_students(
    round_row: Mapping[str, Any], students: Sequence[Mapping[str, Any]]
) -> list[frozenset[str]]:
    """What filings that name a student lift over the round's days, whatever the post (rule C02:
    across categories)."""
    named = await DB.fetch(
        "select distinct subject from filing where subject_kind = 'student' and confirmed is not "
        "null and revoked is null and subject = any($1)",
        [student["id"] for student in students],
    )
    if not named:
        return [frozenset()] * len(students)
    school = round_row["school"]
    subjects = [
        Subject(
            host=school,
            school=school,
            student=row["id"],
            starts=round_row["starts"],
            ends=round_row["ends"],
        )
        for row in students
    ]
    facts = [_bare(subject, row) for subject, row in zip(subjects, students, strict=True)]
    return [each.rules for each in await lifted_for(subjects, facts)]


def _bare(subject: Subject, student: Mapping[str, Any]) -> Facts:
    host = HostFacts(host=str(subject.host), name="", industry="", uscc_valid=False, staff=None)
    return Facts(host=host, post=without_post(subject), student=student_facts(student))


def _post_room(row: Mapping[str, Any]) -> int:
    if row["state"] != "published":
        return 0
    full: Filled = row["full"]
    return max(0, int(row["head_count"]) - full.post.interns)


def _kind_room(posts: Sequence[Mapping[str, Any]]) -> int:
    counted = [post["staff_same_type"] for post in posts if post["staff_same_type"] is not None]
    staff = min([*counted, *([] if posts[0]["staff"] is None else [posts[0]["staff"]])], default=0)
    full: Filled = posts[0]["full"]
    return max(0, _most(posts, "C07", post_cap(staff if counted else 0)) - full.kind.interns)


def _host_room(posts: Sequence[Mapping[str, Any]]) -> int:
    staff = posts[0]["staff"]
    full: Filled = posts[0]["full"]
    cap = 0 if staff is None else host_cap(staff)
    return max(0, _most(posts, "C06", cap) - full.host.interns)


def _most(posts: Sequence[Mapping[str, Any]], rule: str, cap: int) -> int:
    """The cap of the law, or what overrides allow at every one of these posts: one for a single
    post of several does not raise it, because the others' interns count with it."""
    return min(max(cap, int(post["allows"].get(rule, 0))) for post in posts)


async def freeze(round_id: RoundId, run: dict[str, Any]) -> Inputs:
    """What a run (its `mode` and `base`) depends on, read in the open transaction."""
    row = await DB.fetch_one("select * from placement_round where id = $1", round_id)
    if row is None:
        raise Missing
    students = await read_students(round_id)
    offer = await read_offer(row)
    lists = await DB.fetch(
        "select student, array_agg(post order by rank) as posts from preference where round = $1 "
        "group by student",
        round_id,
    )
    wishes = {row["student"]: row["posts"] for row in lists}
    changes = await DB.fetch(
        "select * from round_change where round = $1 and undone is null order by made, id", round_id
    )
    base = None if run["base"] is None else await _base(run["base"])
    in_force, earlier = Changes.of(changes), Changes()
    if base is not None:
        in_force = in_force.keeping(
            {
                one: held
                for one, held in base.decided.items()
                if held.post in {None, *offer.position}
            }
        )
        earlier = earlier_of(base, in_force, Changes.of(changes, base.requested))
    given = await DB.fetch("select host, student, score from host_score where round = $1", round_id)
    return Inputs(
        round=row,
        students=tuple(students),
        offer=offer,
        wishes=tuple(wishes.get(student["id"], []) for student in students),
        links=await reference.occupation_links(SYSTEM),
        lifted=tuple(await lifted_for_students(row, students)),
        host_scores={(score["student"], score["host"]): float(score["score"]) for score in given},
        changes=in_force,
        mode=run["mode"],
        base=base,
        earlier=earlier,
    )


async def _base(run_id: RunId) -> Base:
    run = await DB.fetch_one(
        "select number, requested, figures from matching_run where id = $1", run_id
    )
    if run is None:
        raise Missing
    places = await DB.fetch(
        "select student, post, reason->>'outcome' as outcome, decision, decided_post, "
        "decided_reason, decided, decided_by"
        " from proposal where run = $1",
        run_id,
    )
    figures = msgspec.json.decode(run["figures"])
    return Base(
        number=run["number"],
        requested=run["requested"],
        places={row["student"]: row["post"] for row in places if row["post"] is not None},
        decided={
            row["student"]: Decision(
                post=row["decided_post"],
                reason=row["decided_reason"],
                made=row["decided"],
                by=row["decided_by"],
            )
            for row in places
            if row["decision"] == "overridden"
        },
        kept={row["student"]: row["post"] for row in places if row["outcome"] == "kept"},
        out=frozenset(
            row["student"] for row in places if row["outcome"] in ("withdrawn", "decided")
        ),
        capacity={cap["id"]: cap["capacity"] for cap in figures["caps"]},
        shut=frozenset(UUID(post) for post in figures.get("shut", ())),
    )
