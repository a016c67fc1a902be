"""A host's optional score of a candidate, given blind to name, sex and origin."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from alliance.kit import audit
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import RoundId
from alliance.kit.engine import DB
from alliance.kit.language import _
from alliance.kit.problems import Conflict, Missing


async def give_scores(
    actor: Actor, round_id: RoundId, scores: Mapping[UUID, Decimal | None]
) -> int:
    """Keep what HR gives these students (0 to 100; None takes a score back); returns how many are
    kept.

    Raises Missing for a round in which the host has no candidates, Conflict once the matching has
    run, when a score would change nothing that was shown.
    """
    async with DB.acting_for(actor):
        row = await DB.fetch_one(
            "select school, state, scores_count(id) as counts from placement_round where id = $1",
            round_id,
        )
        if row is None:
            raise Missing
        if row["state"] == "published":
            raise Conflict(_("This round was published already; scores no longer count."))
        if not row["counts"]:
            raise Conflict(
                _("The matching of this round has run; scores that are entered now do not count.")
            )
        given = [
            (round_id, row["school"], actor.organisation, who, score)
            for who, score in scores.items()
            if score is not None
        ]
        await DB.execute_many(
            "insert into host_score (id, round, school, host, student, score, given)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5, now())"
            " on conflict on constraint host_score_round_host_student_key do update"
            " set score = excluded.score, given = excluded.given",
            given,
        )
        await DB.sweep(
            "delete from host_score where round = $1 and host = $2 and student = any($3)",
            round_id,
            actor.organisation,
            [who for who, score in scores.items() if score is None],
        )
        await audit.record(actor, "give_scores", "round", round_id, after={"scored": len(given)})
    return len(given)
