"""Every read of rounds, and what they still need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import reading
from alliance.kit.actors import Actor
from alliance.kit.asking import restrictions, sharing
from alliance.kit.asking.ids import PostId, RoundId, RunId, StudentId
from alliance.kit.asking.subjects import Subject
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _
from alliance.kit.problems import Missing
from alliance.placements.holding import BUSY
from alliance.rounds.deciding import latest_run
from alliance.rounds.model import Reason

_ROUNDS = """
select r.*, o.name as school_name,
  (select count(*) from round_post rp where rp.round = r.id) as posts,
  (select count(distinct p.enterprise) from round_post rp join post p on p.id = rp.post where
    rp.round = r.id) as hosts,
  (select count(*) from round_class rc where rc.round = r.id) as classes,
  n.students, n.elsewhere, n.lists, n.without_list, n.left_out, n.placements, n.cancelled,
  n.unplaced
from placement_round r join organisation o on o.id = r.school
  join round_counts($1, $2, $3) n on n.round = r.id
"""

_PROPOSALS = """
with mine as materialized (select x.* from placement x where x.id in (select round_placements(
    (select q.round from proposal q where q.run = $1 limit 1)))),
  lacking as materialized (select l.student from round_lacking(
    (select q.round from proposal q where q.run = $1 limit 1), $2) l)
select q.id, q.student, q.rank, q.score, q.post as proposed,
  case when r.state = 'published' then coalesce(pl.reason, un.reason, q.reason) else q.reason
    end as reason, pl.id is distinct from own.id as later,
  case when pl.id is distinct from own.id then 'overridden' else q.decision end as decision,
  case when pl.id is distinct from own.id then coalesce(pl.reason ->> 'note', '')
    else q.decided_reason end as decided_reason, p.id as post,
  s.number, s.name, s.pseudonym, s.born, pe.key, c.name as class_name, c.entry_year, g.specialty,
  sp.name_zh as specialty_zh, sp.name_en as specialty_en, t.name_zh as town_zh, t.name_en as
    town_en,
  p.title, o.id as host, o.name as host_name, p.state as post_state, pl.state as placement_state,
  pl.id as placement, case when r.state = 'published'
    then q.student in (select l.student from lacking l) else p.id is null end as lacks
from proposal q join placement_round r on r.id = q.round
  left join placement own on own.round = q.round and own.student = q.student
  left join unplaced un on un.round = q.round and un.student = q.student
  left join lateral (select x.* from mine x where x.student = q.student
      and (x.id = own.id or x.state <> 'cancelled')
    order by x.state = 'cancelled', x.created desc, x.id limit 1) pl on r.state = 'published'
  join student s on s.id = q.student join person pe on pe.id = s.person
  join school_class c on c.id = s.school_class join programme g on g.id = c.programme
  join specialty sp on sp.code = g.specialty left join town t on t.code = s.town
  left join post p on p.id = case when pl.id is not null then pl.post
    when q.decision = 'overridden' then q.decided_post else q.post end
  left join organisation o on o.id = p.enterprise
where q.run = $1 order by c.name, s.number, q.id
"""


async def describe(ids: Collection[UUID]) -> list[Subject]:
    """What rounds are called where others name them, of those that the reader sees."""
    return await DB.fetch_as(
        Subject, "select id, title from placement_round where id = any($1)", list(ids)
    )


async def left_out_days() -> tuple[list[UUID], list[date], list[date]]:
    """The people, first and last days of restrictions, as `round_counts` takes them; in the open
    transaction."""
    every = await restrictions.every()
    return (
        [one.person for one in every],
        [one.starts for one in every],
        [one.until for one in every],
    )


async def rounds(actor: Actor) -> list[dict[str, Any]]:
    """The rounds that the actor may see, newest first, each with its counts."""
    async with DB.reading(actor):
        return await DB.fetch(
            _ROUNDS + " order by r.starts desc, r.title, r.id", *await left_out_days()
        )


async def round_of(actor: Actor, round_id: RoundId) -> dict[str, Any]:
    """One round with its counts. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one(_ROUNDS + " where r.id = $4", *await left_out_days(), round_id)
    if row is None:
        raise Missing
    return row


async def chosen(actor: Actor, round_id: RoundId) -> tuple[set[UUID], set[UUID]]:
    """Ids of the classes and of the posts of a round."""
    async with DB.reading(actor):
        classes = await DB.fetch("select school_class from round_class where round = $1", round_id)
        posts = await DB.fetch("select post from round_post where round = $1", round_id)
    return {row["school_class"] for row in classes}, {row["post"] for row in posts}


async def posts_for(actor: Actor, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Internship posts on offer that cover the round's dates, and those that it has, with whether
    they fit its classes."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select p.id, p.title, p.state, p.head_count, p.starts, p.ends, p.pay_monthly, "
            "o.name as host_name,"
            " oc.name_zh as occupation_zh, oc.name_en as occupation_en, t.name_zh as town_zh, "
            "t.name_en as town_en,"
            " exists (select from post_specialty w join programme g on left(g.specialty, 2) = "
            "left(w.specialty, 2)"
            "   join school_class c on c.programme = g.id join round_class rc on rc.school_class = "
            "c.id"
            "   where w.post = p.id and rc.round = $1) as fits,"
            " o.id in (select struck_off_hosts()) as struck_off"
            " from post p join organisation o on o.id = p.enterprise join occupation oc on oc.code "
            "= p.occupation"
            " join town t on t.code = p.town where p.kind = 'internship' and p.state = 'published'"
            " and p.starts <= $2 and p.ends >= $3 or exists (select from round_post r"
            "   where r.round = $1 and r.post = p.id)"
            " order by p.state <> 'published' desc, fits desc, o.name, p.title, p.id",
            row["id"],
            row["starts"],
            row["ends"],
        )


async def runs(actor: Actor, round_id: RoundId) -> list[dict[str, Any]]:
    """The runs of a round, newest first; `figures` decoded."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select * from matching_run where round = $1 order by number desc", round_id
        )
    for row in rows:
        row["figures"] = msgspec.json.decode(row["figures"])
    return rows


async def run_of(actor: Actor, run_id: RunId) -> dict[str, Any]:
    """One run. Raises Missing."""
    async with DB.reading(actor):
        row = await DB.fetch_one("select * from matching_run where id = $1", run_id)
    if row is None:
        raise Missing
    row["figures"] = msgspec.json.decode(row["figures"])
    return row


async def certificate_of(actor: Actor, run_id: RunId) -> bytes:
    """The sealed certificate of a finished run. Raises Missing."""
    async with DB.reading(actor):
        content = await DB.fetch_value("select content from run_certificate where run = $1", run_id)
    if content is None:
        raise Missing
    return bytes(content)


async def proposals(actor: Actor, vault: Vault, round_id: RoundId) -> list[dict[str, Any]]:
    """The proposals of the round's newest finished run, with names and decoded reasons, by class
    and number."""
    async with DB.reading(actor):
        run = await latest_run(round_id)
        withheld = list(await restrictions.in_force())
        rows = [] if run is None else await DB.fetch(_PROPOSALS, run["id"], withheld)
        await reading.show(vault, rows, subject="student", texts=("decided_reason",))
        objecting = await sharing.objecting([row["student"] for row in rows])
    for row in rows:
        row["objects"] = row["student"] in objecting
        row["reason"] = msgspec.json.decode(row["reason"], type=Reason)
    return rows


async def count_proposals(actor: Actor, round_id: RoundId) -> int:
    """How many proposals `proposals` gives, with nobody's name opened."""
    async with DB.reading(actor):
        run = await latest_run(round_id)
        return (
            0
            if run is None
            else int(
                await DB.fetch_value(
                    "select count(*) from proposal q join student s on s.id = q.student"
                    " join person pe on pe.id = s.person where q.run = $1",
                    run["id"],
                )
            )
        )


async def decided_otherwise(actor: Actor, round_id: RoundId) -> int:
    """How many proposals of the round's newest finished run the coordinator decided otherwise."""
    async with DB.reading(actor):
        run = await latest_run(round_id)
        if run is None:
            return 0
        return int(
            await DB.fetch_value(
                "select count(*) from proposal where run = $1 and decision = 'overridden'",
                run["id"],
            )
        )


async def post_names(actor: Actor, round_id: RoundId) -> dict[UUID, dict[str, Any]]:
    """Post id → title, host and host name, for all posts of a round."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select p.id, p.title, p.head_count, o.id as host, o.name as host_name, p.occupation,"
            " oc.name_zh as occupation_zh, oc.name_en as occupation_en"
            " from round_post r join post p on p.id = r.post join organisation o"
            " on o.id = p.enterprise join occupation oc on oc.code = p.occupation"
            " where r.round = $1 order by o.name, p.title",
            round_id,
        )
    return {row["id"]: row for row in rows}


async def changes_of(actor: Actor, vault: Vault, round_id: RoundId) -> list[dict[str, Any]]:
    """The changes of a round that hold, the latest first, with the student's and the post's
    name."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select c.id, c.kind, c.seats, c.reason, c.made, s.id as student, s.name, pe.key,"
            " sc.name as class_name, p.title, o.name as host_name"
            " from round_change c left join student s on s.id = c.student left join person pe on "
            "pe.id = s.person"
            " left join school_class sc on sc.id = s.school_class left join post p on p.id = c.post"
            " left join organisation o on o.id = p.enterprise where c.round = $1 and c.undone is "
            "null order by c.made desc, c.id",
            round_id,
        )
        await reading.show(vault, rows, subject="student", texts=("reason",))
    return rows


async def students_of(actor: Actor, vault: Vault, round_id: RoundId) -> list[dict[str, Any]]:
    """The students who are asked to take part in a round, by class and number: id, name, number,
    class."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select s.id, s.number, s.name, pe.key, c.name as class_name from round_member r join "
            "student s on s.id = r.student"
            " join person pe on pe.id = s.person join school_class c on c.id = "
            "s.school_class where r.round = $1"
            " order by c.name, s.number, s.id",
            round_id,
        )
        await reading.show(vault, rows)
    return rows


async def list_of(
    actor: Actor, round_id: RoundId, student: StudentId
) -> tuple[dict[str, Any] | None, list[UUID]]:
    """A student's list in a round: its row (version, saved) and the post ids, best first."""
    async with DB.reading(actor):
        row = await DB.fetch_one(
            "select id, version, saved from preference_list where round = $1 and student = $2",
            round_id,
            student,
        )
        posts = (
            []
            if row is None
            else await DB.fetch(
                "select post from preference where list = $1 order by rank", row["id"]
            )
        )
    return row, [post["post"] for post in posts]


async def home_of(student: StudentId) -> tuple[float, float] | None:
    """Longitude and latitude of a student's town in the open transaction, or None."""
    row = await DB.fetch_one(
        "select t.longitude, t.latitude from student s join town t on t.code = s.town"
        " where s.id = $1",
        student,
    )
    return None if row is None or row["longitude"] is None else (row["longitude"], row["latitude"])


async def students_in_care(actor: Actor, vault: Vault) -> list[dict[str, Any]]:
    """The student themself, or the students whose guardian the actor is, with their names."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select s.id, s.name, p.key, c.name as class_name from student s join person p on p.id "
            "= s.person"
            " join school_class c on c.id = s.school_class"
            # as a list of ids: asked of each student it would look at all of them
            " where s.id = any(array(select $1::uuid union"
            " select g.student from guardianship g where g.guardian = $1))"
            " order by s.number, s.id",
            actor.person,
        )
        await reading.show(vault, rows)
    return rows


async def scoring_rounds(actor: Actor) -> list[dict[str, Any]]:
    """Rounds in which the host's posts are wanted, with how many candidates have been scored."""
    async with DB.reading(actor):
        return await DB.fetch(
            "select r.id, r.title, r.state, scores_count(r.id) as counts, r.weight_host, r.starts, "
            "r.ends, r.preferences_close, "
            "o.name as school_name,"
            " count(distinct q.student)::int as candidates,"
            " (select count(*) from host_score h where h.round = r.id)::int as scored"
            " from placement_round r join organisation o on o.id = r.school join preference q on "
            "q.round = r.id"
            " join post p on p.id = q.post and p.enterprise = $1 group by r.id, o.name order by "
            "r.starts desc, r.title, r.id",
            actor.organisation,
        )


async def candidates(actor: Actor, round_id: RoundId) -> list[dict[str, Any]]:
    """Who wants the host's posts, blind: pseudonym, specialty, grade (of those who agreed), titles
    wanted, the score so far."""
    async with DB.reading(actor):
        rows = await DB.fetch(
            "select l.student, l.pseudonym, l.grade, sp.name_zh as specialty_zh, sp.name_en as "
            "specialty_en, h.score,"
            " array_agg(p.title order by p.title) as titles from preference_list l join preference "
            "q on q.list = l.id"
            " join post p on p.id = q.post and p.enterprise = $2 join specialty sp on sp.code = "
            "l.specialty"
            " left join host_score h on h.round = l.round and h.student = l.student and h.host = $2"
            " where l.round = $1 group by l.student, l.pseudonym, l.grade, sp.name_zh, sp.name_en, "
            "h.score"
            " order by l.pseudonym",
            round_id,
            actor.organisation,
        )
        agreed = await sharing.agreed("grade_to_host", [row["student"] for row in rows])
    return [{**row, "grade": row["grade"] if row["student"] in agreed else None} for row in rows]


def decision_counts(rows: list[dict[str, Any]]) -> Counter[str]:
    """How many proposals wait, are accepted, decided otherwise, or whose student lacks a place
    today."""
    counts = Counter(row["decision"] for row in rows)
    counts["unplaced"] = sum(row["lacks"] for row in rows)
    counts["all"] = len(rows)
    return counts


async def hold_person(person: UUID) -> str | None:
    """Why a student in a round, or a guardian of one, is not erased today, or None."""
    busy = await DB.fetch_value(
        "select exists (select from preference_list l join placement_round r on r.id = l.round"
        " where r.state in ('open', 'closed') and (l.student = $1 or l.student in"
        " (select g.student from guardianship g where g.guardian = $1)))",
        person,
    )
    sentence = BUSY
    return _(sentence) if busy else None


async def hold_post(post: PostId) -> str | None:
    """Why a post is not changed while a round offers it, or None."""
    offered = await DB.fetch_value("select exists (select from round_post where post = $1)", post)
    return (
        _("This post is offered in a school's round, which counts on it. Copy it instead.")
        if offered
        else None
    )


async def hold_class(student: StudentId) -> str | None:
    """Why a student does not change class while a round counts on it, or None."""
    title = await DB.fetch_value(
        "select r.title from placement_round r where r.state <> 'published' and ("
        "exists (select from preference_list l where l.round = r.id and l.student = $1)"
        " or exists (select from round_pick k where k.round = r.id and k.student = $1)"
        " or exists (select from proposal d where d.round = r.id and d.student = $1))"
        " order by r.starts, r.id limit 1",
        student,
    )
    if title is None:
        return None
    return _(
        "The student takes part in the round “%(round)s” with this class. Change the class once "
        "the round is published.",
        round=title,
    )
