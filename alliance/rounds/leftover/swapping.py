"""Two students of a round that is being decided change places: what it would mean, and doing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from alliance.compliance.passing import judge, judged, pass_gate
from alliance.kit import audit, clock
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import PostId, RoundId, RunId, StudentId
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.members.keyrings import cover
from alliance.placements.facts import ARRANGED_BY_SCHOOL
from alliance.posts.caps.counting import facts_with
from alliance.regulation import Finding, blocking
from alliance.rounds.deciding import begin
from alliance.rounds.inputs import read_offer, read_students
from alliance.rounds.matching.feasibility import Offer, student_facts, subject_of
from alliance.rounds.model import Reason
from alliance.rounds.tables import Proposal


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two: where they are, where they would come, and what stands against it."""

    student: StudentId
    before: PostId | None
    after: PostId | None
    rank_before: int | None
    rank_after: int | None
    findings: tuple[Finding, ...]

    @property
    def better(self) -> bool | None:
        """Whether the new post stands higher on the student's own list; None where a list does not
        say."""
        if self.rank_after is None or self.rank_before is None:
            return (
                None
                if self.rank_after is None and self.rank_before is None
                else (self.rank_after is not None)
            )
        return self.rank_after < self.rank_before


async def effect(
    actor: Actor, round_id: RoundId, first: StudentId, second: StudentId
) -> tuple[Side, Side]:
    """What a swap would mean for both; nothing is stored. Raises Missing, Refusal when both would
    stay where they are."""
    async with DB.acting_for(actor):
        run = await begin(round_id)
        return await _sides(round_id, run["id"], first, second)


async def swap(
    actor: Actor,
    round_id: RoundId,
    first: StudentId,
    second: StudentId,
    reason: str,
    seen: tuple[UUID | None, UUID | None] | None = None,
) -> None:
    """Let two students change places, both or none; the reason is shown to both.

    `seen` are the posts that the page showed: pressed again, nothing changes back. Raises Conflict
    when one has another post since, Refusal without a reason or when both would stay,
    RefusedByLaw when the law forbids one of the pairs.
    """
    if not reason.strip():
        sentence = _("Write why; both students read it.")
        raise Refusal(sentence, {"reason": sentence})
    async with judged(actor):
        run = await begin(round_id)
        sides = await _sides(round_id, run["id"], first, second)
        present = tuple(side.before for side in sides)
        if seen is not None and present == seen[::-1]:
            return
        if seen is not None and present != seen:
            raise Conflict(
                _("One of the two no longer has the place that the page showed. Look at it again.")
            )
        row, offer = await _round(round_id)
        for side in sides:
            if side.after is not None:
                student, subject, given = await _asked(row, offer, side.student, side.after)
                await pass_gate(
                    actor,
                    "placement.propose",
                    "student",
                    student,
                    [subject],
                    _("The law does not allow this swap."),
                    on_day=row["starts"],
                    given=given,
                )
        for side in sides:
            covered = await cover(side.student, reason.strip()[:500])
            await DB.change(
                Proposal.update(
                    {
                        Proposal.decision: "overridden",
                        Proposal.decided_post: side.after,
                        Proposal.decided_reason: covered,
                        Proposal.decided: clock.now(),
                        Proposal.decided_by: actor.person,
                    }
                ).where(Proposal.run == run["id"], Proposal.student == side.student)
            )
            await audit.record(
                actor,
                "override_proposal",
                "student",
                side.student,
                before={"post": side.before},
                after={"post": side.after, "reason": covered},
            )


async def _round(round_id: RoundId) -> tuple[dict[str, Any], Offer]:
    row = await DB.fetch_one("select * from placement_round where id = $1", round_id)
    if row is None:
        raise Missing
    return row, await read_offer(row)


async def _sides(
    round_id: RoundId, run_id: RunId, first: StudentId, second: StudentId
) -> tuple[Side, Side]:
    rows = await DB.fetch(
        "select student, reason, case when decision = 'overridden' then decided_post else post end"
        " as post from proposal where run = $1 and student = any($2)",
        run_id,
        [first, second],
    )
    by_student = {row["student"]: row for row in rows}
    if len(by_student) != 2:
        raise Missing
    here, there = by_student[first], by_student[second]
    if here["post"] == there["post"]:
        raise Refusal(_("Both have the same post; nothing would change."))
    row, offer = await _round(round_id)
    return (
        await _side(row, offer, here, there["post"]),
        await _side(row, offer, there, here["post"]),
    )


async def _side(
    row: dict[str, Any], offer: Offer, proposal: dict[str, Any], after: PostId | None
) -> Side:
    ranks = {
        choice.post: choice.rank
        for choice in msgspec.json.decode(proposal["reason"], type=Reason).choices
    }
    findings: tuple[Finding, ...] = ()
    if after is not None:
        _student, subject, given = await _asked(row, offer, proposal["student"], after)
        told = await judge("placement.propose", [subject], row["starts"], given)
        findings = blocking(told.findings)
    return Side(
        student=proposal["student"],
        before=proposal["post"],
        after=after,
        rank_before=ranks.get(proposal["post"]),
        rank_after=ranks.get(after) if after is not None else None,
        findings=findings,
    )


async def _asked(
    row: dict[str, Any], offer: Offer, student: StudentId, post: PostId
) -> tuple[UUID, Any, dict[str, Any]]:
    """The gate's question of one side: places and hosts stay as full as they are."""
    found = await read_students(row["id"], student)
    if not found or post not in offer.position:
        raise Missing
    chosen = offer.posts[offer.position[post]]
    return (
        student,
        subject_of(row, chosen, student),
        {
            "student": [student_facts(found[0])],
            "occupancy": [facts_with(chosen["full"], 0, 0)],
            "arrangement": [ARRANGED_BY_SCHOOL],
        },
    )
