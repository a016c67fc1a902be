"""What the coordinator does with the proposals of a run: accept, or decide otherwise with a
reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from alliance.compliance.passing import RefusedByLaw, judged, pass_gate
from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.asking import sharing
from alliance.kit.asking.ids import PostId, RoundId, RunId, StudentId
from alliance.kit.engine import DB
from alliance.kit.language import _, language
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.placements.facts import ARRANGED_BY_SCHOOL
from alliance.posts.caps.counting import facts_with
from alliance.regulation import Finding, sentence
from alliance.rounds.inputs import read_offer, read_students
from alliance.rounds.matching.feasibility import student_facts, subject_of


async def latest_run(round_id: RoundId) -> dict[str, Any] | None:
    """The newest finished run of a round, in the open transaction: the one whose proposals are
    decided and published."""
    return await DB.fetch_one(
        "select * from matching_run where round = $1 and state = 'done' order by number desc limit "
        "1",
        round_id,
    )


async def accept(actor: Actor, round_id: RoundId, students: Sequence[UUID] | None = None) -> int:
    """Accept the proposals of these students, or all that are pending; returns how many.

    Who asked not to be decided upon by machine alone is left out of every accepting of more than
    one: the coordinator looks at that student, and then accepts the one proposal or decides
    otherwise. So is a proposal at a post that its enterprise closed or paused; alone it raises
    Refusal.
    """
    async with DB.acting_for(actor):
        run = await begin(round_id)
        waiting = await DB.fetch(
            "select student from proposal where run = $1 and decision = 'pending'", run["id"]
        )
        apart = (
            await sharing.objecting([row["student"] for row in waiting])
            if students is None or len(students) > 1
            else set()
        )
        if students is not None and len(students) == 1:
            await _on_offer(run["id"], StudentId(students[0]))
        rows = await DB.fetch(
            "update proposal q set decision = 'accepted', decided_post = post, decided_reason = ''"
            ", decided = $2,"
            " decided_by = $3 where run = $1 and decision = 'pending' and ($4::uuid[] is null or "
            "student = any($4))"
            " and student <> all($5::uuid[])"
            " and (post is null or exists (select from post p where p.id = q.post"
            " and p.state = 'published'))"
            " returning student",
            run["id"],
            clock.now(),
            actor.person,
            None if students is None else list(students),
            list(apart),
        )
        await audit.record(
            actor,
            "accept_proposals",
            "round",
            round_id,
            after={"run": run["id"], "count": len(rows)},
        )
    return len(rows)


async def override(
    actor: Actor, round_id: RoundId, student: StudentId, post: PostId | None, reason: str
) -> tuple[Finding, ...]:
    """Decide otherwise for one student: another post of the round, or none; the reason is kept and
    shown to the student.

    Returns the findings that do not block. Raises Refusal without a reason or when the place is not
    free, RefusedByLaw when the law forbids the pair.
    """
    if not reason.strip():
        raise Refusal(
            _("Write why; the student reads it."), {"reason": _("Write why; the student reads it.")}
        )
    async with judged(actor):
        run = await begin(round_id)
        findings: tuple[Finding, ...] = ()
        if post is not None:
            findings = await _pass(actor, round_id, run["id"], student, post)
        covered = await cover(student, reason.strip())
        row = await DB.fetch_one(
            "update proposal set decision = 'overridden', decided_post = $3, decided_reason = $4, "
            "decided = $5,"
            " decided_by = $6 where run = $1 and student = $2 returning post",
            run["id"],
            student,
            post,
            covered,
            clock.now(),
            actor.person,
        )
        if row is None:
            raise Missing
        await audit.record(
            actor,
            "override_proposal",
            "student",
            student,
            before={"post": row["post"]},
            after={"post": post, "reason": covered},
        )
    return findings


async def undo(actor: Actor, round_id: RoundId, student: StudentId) -> None:
    """Make a decision pending again."""
    async with DB.acting_for(actor):
        run = await begin(round_id)
        done = await DB.fetch_value(
            "update proposal set decision = 'pending', decided_post = null, decided_reason = '', "
            "decided = null,"
            " decided_by = null where run = $1 and student = $2 and decision <> 'pending' "
            "returning id",
            run["id"],
            student,
        )
        if done is None:
            raise Missing
        await audit.record(actor, "undo_decision", "student", student)


async def _on_offer(run_id: RunId, student: StudentId) -> None:
    row = await DB.fetch_one(
        "select p.title, o.name as host_name from proposal q join post p on p.id = q.post"
        " join organisation o on o.id = p.enterprise"
        " where q.run = $1 and q.student = $2 and p.state <> 'published'",
        run_id,
        student,
    )
    if row is not None:
        raise Refusal(
            _(
                "%(host)s took %(title)s from offer since the run. Decide otherwise, or run again.",
                host=row["host_name"],
                title=row["title"],
            )
        )


async def begin(round_id: RoundId) -> dict[str, Any]:
    """The run whose proposals are decided, its round locked in the open transaction.

    Raises Missing, Conflict when nothing is being decided.
    """
    state = await DB.fetch_value(
        "select state from placement_round where id = $1 for update", round_id
    )
    if state is None:
        raise Missing
    if state != "closed":
        raise Conflict(
            _("This round is not being decided: its state has changed. Look at it again.")
        )
    if await DB.fetch_value(
        "select exists (select from matching_run where round = $1 and state in ('queued', "
        "'running'))",
        round_id,
    ):
        raise Conflict(_("A run of this round is under way. Wait until it has ended."))
    run = await latest_run(round_id)
    if run is None:
        raise Conflict(_("Run the matching first; then there is something to decide."))
    return run


async def _pass(
    actor: Actor, round_id: RoundId, run_id: RunId, student: StudentId, post: PostId
) -> tuple[Finding, ...]:
    """The gate for one pair, with the places that the other decided proposals of this run take."""
    row = await DB.fetch_one("select * from placement_round where id = $1", round_id)
    students = await read_students(round_id, student)
    if row is None or not students:
        raise Missing
    offer = await read_offer(row)
    if post not in offer.position:
        raise Refusal(
            _("Choose a post of this round."), {"post": _("Choose a post of this round.")}
        )
    chosen = offer.posts[offer.position[post]]
    taken = await DB.fetch(
        "select p.id as post, p.enterprise, p.occupation, count(*)::int as places from proposal r"
        " join post p on p.id = case when r.decision = 'overridden' then r.decided_post else "
        "r.post end"
        " where r.run = $1 and r.student <> $2 group by p.id, p.enterprise, p.occupation",
        run_id,
        student,
    )
    if chosen["state"] != "published":
        taken_back = _("The enterprise took this post from offer.")
        raise Refusal(taken_back, {"post": taken_back})
    at_post = sum(t["places"] for t in taken if t["post"] == post)
    there = [t for t in taken if t["enterprise"] == chosen["enterprise"]]
    at_host = sum(t["places"] for t in there)
    of_kind = sum(t["places"] for t in there if t["occupation"] == chosen["occupation"])
    if at_post + chosen["full"].post.interns >= chosen["head_count"]:
        raise Refusal(_("All %(count)s places of this post are taken.", count=chosen["head_count"]))
    try:
        return await pass_gate(
            actor,
            "placement.propose",
            "student",
            student,
            [subject_of(row, chosen, student)],
            "",
            on_day=row["starts"],
            given={
                "student": [student_facts(students[0])],
                "occupancy": [facts_with(chosen["full"], at_host + 1, of_kind + 1)],
                "arrangement": [ARRANGED_BY_SCHOOL],
            },
        )
    except RefusedByLaw as refusal:
        refusal.sentence = sentence(refusal.first, language())
        raise
