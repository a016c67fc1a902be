"""Who waits for which place of a published round, placing one of them, and a second round for the
rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from alliance.compliance.passing import judged, pass_gate
from alliance.kit import audit, clock, events, reading
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking import restrictions
from alliance.kit.asking.ids import PostId, RoundId, StudentId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import COUNTY_TIME, _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.notices.actions import tell_people
from alliance.placements.facts import ARRANGED_BY_SCHOOL
from alliance.placements.tables import Placement
from alliance.posts.caps.counting import facts_with
from alliance.regulation import Finding
from alliance.rounds.inputs import read_offer
from alliance.rounds.leftover.waiting import of_round
from alliance.rounds.matching.feasibility import subject_of
from alliance.rounds.model import Reason

_LACKING = """
select e.student, e.reason, s.name, s.number, pe.key, s.born, s.sex, s.grade, c.name as class_name,
  c.entry_year, g.specialty, s.id
from round_lacking($1, $2) e join student s on s.id = e.student
  join person pe on pe.id = s.person join school_class c on c.id = s.school_class
  join programme g on g.id = c.programme
order by c.name, s.number, s.id
"""
"""Students with a result of a round and no place in its days today, who are enrolled and whose data
($2) are not restricted: whom `round_counts` counts as unplaced."""
_WAITING = """
select k.student, r.title from round_pick k join placement_round r on r.id = k.round
where r.school = $1 and r.selected and r.state <> 'published' and r.starts <= $3 and r.ends >= $2
  and k.student = any($4) order by r.created, r.id, k.student
"""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A post of a round with free places today, and the students who wait for it, the highest score
    first."""

    post: PostId
    title: str
    host_name: str
    free: int
    waiting: tuple[tuple[StudentId, str, str, int, float | None], ...]
    """(student, name, class, rank on their list, score)"""


async def lacking(actor: Actor, vault: Vault, round_id: RoundId) -> list[dict[str, Any]]:
    """The students whom a published round left without a place, by class and number."""
    async with DB.reading(actor):
        rows = await _lacking(round_id)
        await reading.show(vault, rows, subject="student")
    return rows


async def free_places(actor: Actor, vault: Vault, round_row: dict[str, Any]) -> list[Place]:
    """The posts of a published round that have room today, with their waiting lists."""
    async with DB.reading(actor):
        rows = await _lacking(round_row["id"])
        offer = await read_offer(round_row)
        waits = [one for one in await of_round(round_row["id"]) if not one.gone]
        await reading.show(vault, rows, subject="student")
    named = {row["student"]: row for row in rows}
    waiting: dict[PostId, list[tuple[StudentId, str, str, int, float | None]]] = {}
    for one in waits:
        if (who := named.get(one.student)) is not None:
            waiting.setdefault(PostId(one.post), []).append(
                (StudentId(one.student), who["name"], who["class_name"], one.rank, one.score)
            )
    return [
        Place(
            post=post["id"],
            title=post["title"],
            host_name=post["enterprise_name"],
            free=free,
            waiting=tuple(waiting.get(post["id"], ())),
        )
        for at, post in enumerate(offer.posts)
        if (free := offer.room(at)) > 0
    ]


async def _lacking(round_id: RoundId) -> list[dict[str, Any]]:
    return await DB.fetch(_LACKING, round_id, list(await restrictions.in_force()))


async def place(
    actor: Actor, round_id: RoundId, student: StudentId, post: PostId, reason: str
) -> tuple[Finding, ...]:
    """Place a student whom a published round left without a post; returns findings that do not
    block.

    The host is locked before caps are judged. Raises Missing for whoever lacks no place, Refusal
    without a reason or a free place, RefusedByLaw.
    """
    if not reason.strip():
        sentence = _("Write why; the student reads it.")
        raise Refusal(sentence, {"reason": sentence})
    async with judged(actor):
        row = await DB.fetch_one("select * from placement_round where id = $1 for update", round_id)
        if row is None:
            raise Missing
        if row["state"] != "published":
            raise Conflict(_("This round is not published yet. Decide otherwise on its workbench."))
        left = await _lacking(round_id)
        who = next((one for one in left if one["student"] == student), None)
        if who is None:
            raise Missing
        host = await DB.fetch_value("select enterprise from post where id = $1", post)
        await DB.connection().execute("select lock_hosts($1)", [host] if host else [])
        offer = await read_offer(row)
        at = offer.position.get(post)
        if at is None or offer.room(at) < 1:
            sentence = _("This post has no free place.")
            raise Refusal(sentence, {"post": sentence})
        chosen = offer.posts[at]
        findings = await pass_gate(
            actor,
            "placement.propose",
            "student",
            student,
            [subject_of(row, chosen, student)],
            _("The law does not allow this placement. Mend what is listed and try again."),
            on_day=row["starts"],
            given={
                "occupancy": [facts_with(chosen["full"], 1, 1)],
                "arrangement": [ARRANGED_BY_SCHOOL],
            },
        )
        covered = await cover(student, reason.strip()[:500])
        kept = msgspec.json.decode(who["reason"], type=Reason)
        written = msgspec.structs.replace(kept, outcome="decided", note=covered)
        # whoever had a cancelled place of this round keeps its row: a student has one result a
        # round, so that the new place stands for itself
        again = await DB.fetch_value(
            "select exists (select from placement where round = $1 and student = $2)",
            round_id,
            student,
        )
        placement = uuid4()
        await DB.insert(
            Placement(
                id=placement,
                round=None if again else round_id,
                school=row["school"],
                student=student,
                host=host,
                post=post,
                starts=max(row["starts"], clock.today()),
                ends=row["ends"],
                state="published",
                reason=msgspec.json.encode(written).decode(),
            )
        )
        await audit.record(
            actor, "place_later", "placement", placement, after={"post": post, "reason": covered}
        )
        await events.publish("placements.facts_changed", {"placement": str(placement)})
        async with DB.acting_for(SYSTEM):
            people = await DB.fetch("select told_of($1) as person", student)
            await tell_people(
                [one["person"] for one in people],
                row["school"],
                "placed_later",
                "/placement",
                f"placed {placement}",
                params={"post": chosen["title"], "host": chosen["enterprise_name"]},
            )
    return findings


async def second_round(actor: Actor, round_id: RoundId, students: Sequence[UUID] = ()) -> RoundId:
    """Prepare a round for these students of a published round who lack a place, or for all of them
    whom no round is asking already; returns it.

    It has the classes, rules and days of the first and its posts that have room; it starts when its
    lists have closed. Raises Missing, Conflict before publishing or when a second round of theirs
    is not published yet, Refusal when nobody lacks a place or the days are over.
    """
    second = RoundId(uuid4())
    closes = clock.now() + timedelta(days=7)
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select * from placement_round where id = $1 for update", round_id)
        if row is None:
            raise Missing
        if row["state"] != "published":
            raise Conflict(_("Publish this round first; then it is known who lacks a place."))
        left = [one["student"] for one in await _lacking(round_id)]
        waiting = await DB.fetch(_WAITING, row["school"], row["starts"], row["ends"], left)
        asked = {one["student"] for one in waiting}
        chosen = [one for one in left if one in (students or set(left) - asked)]
        if asked and (not chosen or not asked.isdisjoint(chosen)):
            raise Conflict(
                _(
                    "These students are in a second round already: %(title)s. Publish it first.",
                    title=waiting[0]["title"],
                )
            )
        if not chosen:
            raise Refusal(_("Nobody of this round lacks a place."))
        starts = max(row["starts"], closes.astimezone(COUNTY_TIME).date() + timedelta(days=1))
        if starts >= row["ends"]:
            raise Refusal(
                _("This round ends too soon for a second one. Place the students one by one.")
            )
        offer = await read_offer(row)
        await DB.connection().execute(
            "insert into placement_round (id, school, title, starts, ends, preferences_close,"
            " most_preferences, weight_specialty, weight_grade, weight_distance, weight_host,"
            " least_group, selected, seed, state, version, created)"
            " select $2, school, left($3, 80), $5, ends, $4, most_preferences,"
            " weight_specialty, weight_grade, weight_distance, weight_host, least_group, true,"
            " seed, 'draft', 1, now() from placement_round where id = $1",
            round_id,
            second,
            _("%(title)s, second round", title=row["title"]),
            closes,
            starts,
        )
        await DB.execute_many(
            "insert into round_pick (id, round, school, student)"
            " values (gen_random_uuid(), $1, $2, $3)",
            [(second, row["school"], one) for one in sorted(chosen)],
        )
        await DB.connection().execute(
            "insert into round_class (id, round, school, school_class)"
            " select gen_random_uuid(), $1, $2, c from (select distinct school_class as c"
            " from student where id = any($3)) as x",
            second,
            row["school"],
            chosen,
        )
        await DB.execute_many(
            "insert into round_post (id, round, school, post)"
            " values (gen_random_uuid(), $1, $2, $3)",
            [
                (second, row["school"], post["id"])
                for at, post in enumerate(offer.posts)
                if offer.room(at) > 0
            ],
        )
        await audit.record(
            actor,
            "create_round",
            "round",
            second,
            after={"after": round_id, "students": len(chosen)},
        )
    return second
