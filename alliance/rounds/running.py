"""A run of the matching, as the worker does it: freeze the inputs, check the rules, match, explain,
write proposals.

The outcome is written in one transaction at the end. A run that is taken over from a dead worker
starts from the beginning (`kit.lease`).
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import numpy as np

from alliance.kit import audit, clock, events, jobs
from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.asking.ids import RoundId, RunId, StudentId
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.lease import Held, Lease, TakenOverError
from alliance.kit.problems import Conflict, Missing, Refusal
from alliance.rounds.deciding import latest_run
from alliance.rounds.inputs import freeze
from alliance.rounds.matching.certifying import sealed
from alliance.rounds.matching.explaining import proposals_of
from alliance.rounds.matching.seasons import Mode
from alliance.rounds.matching.solving import Outcome, match
from alliance.rounds.matching.wishes import Inputs
from alliance.rounds.tables import MatchingRun, Proposal, Round

RUN = "placements.run"
RUNS = Lease(MatchingRun, "run", waiting="queued", working="running")


async def request_run(actor: Actor, round_id: RoundId, mode: Mode = "cold") -> RunId:
    """Queue a run of a closed round: from the lists, or (`gentle`, `floors`) from its latest
    finished run.

    Raises Conflict while another one is under way, Refusal without any list or without a run to go
    on from.
    """
    run_id = RunId(uuid4())
    async with DB.acting_for(actor):
        row = await DB.fetch_one("select * from placement_round where id = $1 for update", round_id)
        if row is None:
            raise Missing
        if row["state"] == "open" and row["preferences_close"] <= clock.now():
            await DB.change(
                Round.update({Round.state: "closed", Round.version: Round.version + 1}).where(
                    Round.id == round_id
                )
            )
        elif row["state"] != "closed":
            raise Conflict(
                _(
                    "A run needs a round whose preferences are closed and which is not published "
                    "yet."
                )
            )
        if not await DB.fetch_value(
            "select exists (select from preference where round = $1)", round_id
        ):
            raise Refusal(_("No student has saved a list yet. Reopen the round for preferences."))
        base = None if mode == "cold" else await latest_run(round_id)
        if mode != "cold" and base is None:
            raise Refusal(_("There is no finished run to go on from. Run from the lists first."))
        await DB.connection().execute(
            "insert into matching_run (id, round, school, number, state, step, done, total, "
            "attempts, seed, figures,"
            " requested, requested_by, mode, base) select $1, $2, $3, coalesce(max(number), 0) + "
            "1, 'queued', 'waiting', 0, 0, 0,"
            " $4, '{}', $6, $5, $7, $8 from matching_run where round = $2",
            run_id,
            round_id,
            row["school"],
            row["seed"],
            actor.person,
            clock.now(),
            mode,
            None if base is None else base["id"],
        )
        await jobs.enqueue(RUN, {"run": str(run_id)}, priority=jobs.WAITED_FOR)
        await audit.record(actor, "request_run", "round", round_id, after={"run": run_id})
    return run_id


async def repeat_run(actor: Actor, run_id: RunId) -> None:
    """Queue a failed run again. Raises Conflict for a run that has not failed."""
    async with DB.acting_for(actor):
        if not await RUNS.wait_again(run_id):
            raise Conflict(_("Only a failed run can be repeated."))
        await jobs.enqueue(RUN, {"run": str(run_id)}, priority=jobs.WAITED_FOR)


async def perform(run_id: RunId) -> None:
    """Do a queued run (the worker's entry). A failure is kept with its reason in the run and can be
    repeated."""
    held = await RUNS.claim(run_id, "freeze")
    if held is not None:
        async with RUNS.working_on(held):
            await _perform(held)


async def _perform(held: Held) -> None:
    async with DB.acting_for(SYSTEM):
        run = await DB.fetch_one(
            "select id, round, mode, base from matching_run where id = $1", held.id
        )
        if run is None:
            raise TakenOverError
        inputs = await freeze(run["round"], run)
    await RUNS.progress(held, 0, len(inputs.students) * len(inputs.offer.posts), step="match")
    outcome = await asyncio.to_thread(match, inputs)
    await RUNS.progress(held, 0, len(inputs.students), step="explain")
    proposals = await asyncio.to_thread(proposals_of, inputs, outcome)
    certificate = await asyncio.to_thread(sealed, inputs, outcome)
    await _write(held, run["round"], inputs, outcome, proposals, certificate)


async def _write(
    held: Held,
    round_id: RoundId,
    inputs: Inputs,
    outcome: Outcome,
    proposals: list[dict[str, Any]],
    certificate: bytes,
) -> None:
    run_id, school = held.id, inputs.round["school"]
    async with DB.acting_for(SYSTEM):
        await RUNS.keep(held)
        await DB.sweep(Proposal.delete().where(Proposal.run == run_id))
        await DB.execute_many(
            "insert into proposal (id, run, round, school, student, post, rank, score, reason, "
            "decision, decided_post,"
            " decided_reason, decided, decided_by) values (gen_random_uuid(), $1, $2, $3, $4, $5, "
            "$6, $7, $8::jsonb, $9, $10, $11,"
            " $12, $13)",
            [
                (
                    run_id,
                    round_id,
                    school,
                    row["student"],
                    row["post"],
                    row["rank"],
                    row["score"],
                    msgspec.json.encode(row["reason"]).decode(),
                    *_decision(inputs, row["student"]),
                )
                for row in proposals
            ],
        )
        await DB.connection().execute(
            "insert into run_certificate (id, run, school, content) values (gen_random_uuid(), $1, "
            "$2, $3)"
            " on conflict (run) do update set content = excluded.content",
            run_id,
            school,
            certificate,
        )
        await RUNS.end(
            held,
            "done",
            step="finished",
            done=len(proposals),
            total=len(proposals),
            inputs=_fingerprint(inputs, outcome),
            figures=msgspec.json.encode(outcome.figures).decode(),
        )
        await audit.record(SYSTEM, "finish_run", "round", round_id, after={"run": run_id})
        await events.publish(
            "placements.run_finished", {"run": str(run_id), "round": str(round_id)}
        )


def _decision(
    inputs: Inputs, student: StudentId
) -> tuple[str, UUID | None, str, datetime | None, UUID | None]:
    """Decision, post, reason, moment and person of a new proposal: open, or as decided in the run
    that this one goes on from."""
    held = None if inputs.base is None else inputs.base.decided.get(student)
    if held is None or not inputs.changes.keeps(student, held):
        return "pending", None, "", None, None
    return "overridden", held.post, held.reason, held.made, held.by


def _fingerprint(inputs: Inputs, outcome: Outcome) -> str:
    """SHA-256 over what the engine was given: seed, pseudonyms, lists, standings and capacities."""
    digest = hashlib.sha256()
    digest.update(str(inputs.round["seed"]).encode())
    for student, wishes in zip(inputs.students, inputs.wishes, strict=True):
        digest.update(f"{student['pseudonym']}:{','.join(map(str, wishes))};".encode())
    market = outcome.market
    for array in (
        market.key,
        market.post_capacity,
        market.host_capacity,
        *((market.group_of, market.group_capacity) if len(market.group_capacity) else ()),
    ):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
