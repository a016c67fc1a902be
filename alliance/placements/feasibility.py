"""Which student may go to which post of a round: facts read once, rules run over columns, caps from the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.compliance.facts import Subject, collect_groups, without_post
from alliance.compliance.lifting import lifted_for
from alliance.kit import clock
from alliance.kit.derived import Derived
from alliance.kit.engine import DB
from alliance.regulation import Columns, Facts, HostFacts, OccupancyFacts, StudentFacts, bits_of, host_cap, pair_mask, post_cap

_OF_POSTS = frozenset({"host", "post", "conditions", "host_file", "use"})
"""Groups of facts that are the same for every student of a school."""

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
  join placement_round rd on rd.id = r.round
where r.round = $1 and ($2::uuid is null and s.id not in (select restricted_people()) or s.id = $2) and not exists (
  select from placement x where x.student = s.id and x.round is distinct from r.round and x.state <> 'cancelled'
  and x.starts <= rd.ends and x.ends >= rd.starts)
order by s.number, s.id
"""
_COLUMNS: Derived[Columns] = Derived(16)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The posts of a round with what the law leaves of each: capacities are the smallest over the days of the window."""

    posts: tuple[dict[str, Any], ...]
    position: Mapping[UUID, int]
    """Post id → position in `posts`."""
    hosts: tuple[UUID, ...]
    host_of: NDArray[np.int32]
    """[posts] position in `hosts`."""
    facts: tuple[Facts, ...]
    """[posts] what the rules ask about each, without a student."""
    lifted: tuple[frozenset[str], ...]
    """[posts] rules that filings lift there."""
    post_capacity: NDArray[np.int32]
    """[posts] min(head count, 20 % cap) minus the interns of the fullest day."""
    host_capacity: NDArray[np.int32]
    """[hosts] 10 % cap minus the interns of the fullest day; 0 where the staff count is unknown."""


async def posts_of(round_row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The posts of a round in the open transaction, by enterprise and title, without what the law says of them."""
    rows = await DB.fetch(_POSTS, round_row["id"], clock.today())
    for row in rows:
        row["wanted"] = tuple(row["wanted"] or ())
    return rows


async def read_offer(round_row: Mapping[str, Any]) -> Offer:
    """The posts of a round in the open transaction, by enterprise and title."""
    starts, ends = round_row["starts"], round_row["ends"]
    rows = await posts_of(round_row)
    hosts = list(dict.fromkeys(row["enterprise"] for row in rows))
    of_posts = await DB.fetch(_POST_PEAKS, [row["id"] for row in rows], starts, ends)
    of_hosts = await DB.fetch(_HOST_PEAKS, hosts, starts, ends)
    post_peaks, host_peaks = ({r["post"]: r["peak"] for r in of_posts}, {r["host"]: r["peak"] for r in of_hosts})
    for row in rows:
        row["post_peak"], row["host_peak"] = post_peaks.get(row["id"], 0), host_peaks.get(row["enterprise"], 0)
    of_host: dict[UUID, list[dict[str, Any]]] = {host: [] for host in hosts}
    for row in rows:
        of_host[row["enterprise"]].append(row)
    position = {host: index for index, host in enumerate(hosts)}
    subjects = [subject_of(round_row, row) for row in rows]
    facts = await collect_groups(_OF_POSTS, subjects)
    lifted = tuple(each.rules for each in await lifted_for(subjects, facts))
    for row, rules in zip(rows, lifted, strict=True):
        row["lifted"] = rules
    return Offer(
        posts=tuple(rows),
        position={row["id"]: index for index, row in enumerate(rows)},
        hosts=tuple(hosts),
        host_of=np.array([position[row["enterprise"]] for row in rows], np.int32),
        facts=tuple(facts),
        lifted=lifted,
        post_capacity=np.array([_post_room(row) for row in rows], np.int32),
        host_capacity=np.array([_host_room(of_host[host]) for host in hosts], np.int32),
    )


async def read_students(round_id: UUID, only: UUID | None = None) -> list[dict[str, Any]]:
    """The students of a round's classes in the open transaction, by student number; names stay ciphertext.

    Who has a placement at that time already, from another round or found by themselves, takes no part: the ledger counts them.
    Nor does who had the use of their data restricted; asked for one by one (`only`) they are found.
    """
    return await DB.fetch(_STUDENTS, round_id, only)


async def lifted_for_students(round_row: Mapping[str, Any], students: Sequence[Mapping[str, Any]]) -> list[frozenset[str]]:
    """What filings that name a student lift over the round's days, whatever the post (rule C02: across categories)."""
    named = await DB.fetch(
        "select distinct subject from filing where subject_kind = 'student' and revoked is null and subject = any($1)",
        [student["id"] for student in students],
    )
    if not named:
        return [frozenset()] * len(students)
    school = round_row["school"]
    subjects = [
        Subject(host=school, school=school, student=row["id"], starts=round_row["starts"], ends=round_row["ends"])
        for row in students
    ]
    facts = [_bare(subject, row) for subject, row in zip(subjects, students, strict=True)]
    return [each.rules for each in await lifted_for(subjects, facts)]


def _bare(subject: Subject, student: Mapping[str, Any]) -> Facts:
    host = HostFacts(host=str(subject.host), name="", industry="", uscc_valid=False, staff=None)
    return Facts(host=host, post=without_post(subject), student=student_facts(student))


def subject_of(round_row: Mapping[str, Any], post: Mapping[str, Any], student: UUID | None = None) -> Subject:
    """A post of a round, for one student or for whoever comes, over the round's days."""
    return Subject(
        host=post["enterprise"], post=post["id"], student=student, school=round_row["school"], starts=round_row["starts"],
        ends=round_row["ends"],
    )  # fmt: skip


def round_columns(offer: Offer, on_day: date) -> Columns:
    """The posts of a round as columns, for `rule_masks` over many blocks of students."""
    return Columns.pairs(
        [],
        [facts.post for facts in offer.facts],
        [facts.host for facts in offer.facts],
        on_day,
        conditions=[facts.conditions for facts in offer.facts],
        host_file=[facts.host_file for facts in offer.facts],
        use=[facts.use for facts in offer.facts],
    )


def _columns_again(offer: Offer, on_day: date) -> Columns:
    """As `round_columns`, the same for posts of which the same is known: one student after the other asks about them."""
    groups = ("post", "host", "conditions", "host_file", "use")
    told = tuple([getattr(facts, group) for facts in offer.facts] for group in groups)
    asked = on_day, tuple(facts.post.post for facts in offer.facts)
    return _COLUMNS.of(asked, told, lambda: round_columns(offer, on_day))


def rule_masks(
    students: Sequence[Mapping[str, Any]],
    offer: Offer,
    on_day: date,
    lifted: Sequence[frozenset[str]] = (),
    columns: Columns | None = None,
) -> NDArray[np.uint64]:
    """[students × posts] one bit per broken rule (`regulation.RULE_BITS`), judged by the law of a day.

    What filings for a post lift is taken out of its column, what filings for a student lift (`lifted`, one set a student) out
    of the student's row. `columns` are the posts', when there are many blocks of students.
    """
    posts = _columns_again(offer, on_day) if columns is None else columns
    mask = pair_mask(posts.for_students([student_facts(row) for row in students]), on_day)
    if any(offer.lifted):
        mask &= ~np.array([bits_of(rules) for rules in offer.lifted], np.uint64)
    if any(lifted):
        mask &= ~np.array([bits_of(rules) for rules in lifted], np.uint64)[:, None]
    return mask


def student_facts(row: Mapping[str, Any]) -> StudentFacts:
    """What the rules ask about a student."""
    return StudentFacts(
        student=str(row["id"]), born=row["born"], entry_year=row["entry_year"], specialty=row["specialty"], sex=row["sex"]
    )


def pair_facts(offer: Offer, post: UUID, student: Mapping[str, Any]) -> Facts:
    """Facts of one student at one post of the round."""
    return msgspec.structs.replace(offer.facts[offer.position[post]], student=student_facts(student))


def occupancy_facts(row: Mapping[str, Any], added_host: int, added_post: int) -> OccupancyFacts:
    """Interns of all schools on the fullest day, and how many would be added."""
    return OccupancyFacts(host_peak=row["host_peak"], post_peak=row["post_peak"], added_host=added_host, added_post=added_post)


def _post_room(row: Mapping[str, Any]) -> int:
    cap = 0 if row["staff_same_type"] is None else post_cap(row["staff_same_type"])
    most = int(row["head_count"]) if "C07" in row["lifted"] else min(int(row["head_count"]), cap)
    return max(0, most - int(row["post_peak"]))


def _host_room(posts: Sequence[Mapping[str, Any]]) -> int:
    if all("C06" in post["lifted"] for post in posts):
        # the override lifts the cap of the law, so only the posts themselves bound the host; one for a single post of several
        # does not, because the others' interns count with it
        return sum(_post_room(post) for post in posts)
    staff = posts[0]["staff"]
    cap = 0 if staff is None else host_cap(staff)
    return max(0, cap - int(posts[0]["host_peak"]))
