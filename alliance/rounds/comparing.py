"""Two runs of a round beside each other, who moves and why; and what would have been enough for one
student, by re-running."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import msgspec

from alliance.kit import reading
from alliance.kit.actors import Actor
from alliance.kit.asking.ids import RoundId, RunId, StudentId
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.kit.language import _, number
from alliance.kit.problems import Missing
from alliance.rounds.inputs import freeze
from alliance.rounds.matching.explaining import score_of
from alliance.rounds.matching.solving import Outcome, match
from alliance.rounds.matching.wishes import Inputs
from alliance.rounds.model import Reason
from alliance.rounds.workbench import choice_sentence
from ml.matching.reasons import enough

_BOTH = """
select s.id as student, s.number, s.name, pe.key, c.name as class_name, a.student is null as came,
  b.student is null as gone,
  a.post as before, a.rank as rank_before, a.reason as reason_before,
  b.post as after, b.rank as rank_after, b.reason as reason_after
from (select * from proposal where run = $1) a full join (select * from proposal where run = $2) b
  using (student)
  join student s on s.id = student join person pe on pe.id = s.person join school_class c on c.id =
    s.school_class
where a.student is null or b.student is null or a.post is distinct from b.post order by c.name,
  s.number
"""
"""Also who took part in one of the runs only: who came to the classes, or has found a placement
elsewhere since."""
_STUDENTS = "select count(distinct student) from proposal where run in ($1, $2)"


async def comparison(
    actor: Actor,
    vault: Vault,
    round_id: RoundId,
    first: int,
    second: int,
    posts: dict[UUID, dict[str, Any]],
) -> dict[str, Any]:
    """The students whose post differs between two runs of a round (by number) or who took part in
    one of them only, with the reason in words, and counts.

    Raises Missing when one of the runs is not there or did not finish.
    """
    async with DB.acting_for(actor):
        runs = await DB.fetch(
            "select id, number, mode, figures, finished from matching_run where round = $1 and "
            "state = 'done' and number = any($2)",
            round_id,
            [first, second],
        )
        by_number = {run["number"]: run for run in runs}
        if first not in by_number or second not in by_number:
            raise Missing
        both = by_number[first]["id"], by_number[second]["id"]
        rows = await DB.fetch(_BOTH, *both)
        students = await DB.fetch_value(_STUDENTS, *both)
        await reading.show(vault, rows, subject="student")
    for row in rows:
        before, after = _reason(row.pop("reason_before")), _reason(row.pop("reason_after"))
        row["direction"] = _direction(row)
        row["why"] = _one_sided(row["direction"], first, second) or _why(row, before, after, posts)
    for run in runs:
        run["figures"] = msgspec.json.decode(run["figures"])
    counts = {
        name: sum(row["direction"] == name for row in rows)
        for name in ("better", "worse", "left", "new", "gone", "came")
    }
    return {
        "rows": rows,
        "first": by_number[first],
        "second": by_number[second],
        "counts": counts,
        "students": students,
    }


async def enough_for(
    actor: Actor, round_id: RoundId, run_id: RunId, student: StudentId
) -> list[dict[str, Any]]:
    """For each post above the student's result that was full: the least score that would have
    sufficed in a re-run, and how many others would have moved; `score` None when none would have.
    Raises Missing.

    The run is computed again from its frozen kind of inputs as they stand today, so it is asked
    while the round is decided.
    """
    async with DB.acting_for(actor):
        run = await DB.fetch_one(
            "select mode, base from matching_run where id = $1 and round = $2", run_id, round_id
        )
        if run is None:
            raise Missing
        inputs = await freeze(round_id, run)
    at = next((at for at, row in enumerate(inputs.students) if row["id"] == student), None)
    if at is None:
        raise Missing
    return await asyncio.to_thread(_enough, inputs, at)


def _enough(inputs: Inputs, at: int) -> list[dict[str, Any]]:
    outcome = match(inputs)
    result, places = int(outcome.solved.outcome.choice[at]), len(inputs.students)
    found = []
    for wish in range(int(outcome.wishes.indptr[at]), int(outcome.wishes.indptr[at + 1])):
        edge = int(outcome.edge[wish])
        if edge < 0:
            continue
        place = edge - int(outcome.market.indptr[at])
        if 0 <= result <= place:
            break
        found.append(
            {
                **_least(outcome, at, place, places),
                "rank": int(outcome.wishes.rank[wish]),
                "post": _post(inputs, outcome, wish),
            }
        )
    return found


def _least(outcome: Outcome, at: int, place: int, places: int) -> dict[str, Any]:
    told = enough(outcome.solved.tree, outcome.solved.outcome, at, place)
    if told is None:
        return {"score": None, "others": 0}
    return {"score": score_of(told.key, places), "others": told.others}


def _post(inputs: Inputs, outcome: Outcome, wish: int) -> UUID:
    identifier: UUID = inputs.offer.posts[int(outcome.wishes.post[wish])]["id"]
    return identifier


def _reason(stored: str | None) -> Reason:
    """The reason of a proposal; an empty one where there is none."""
    return Reason(outcome="no_list") if stored is None else msgspec.json.decode(stored, type=Reason)


def _one_sided(direction: str, first: int, second: int) -> str:
    """The words for who took part in one of the runs only, empty for all others."""
    if direction == "gone":
        return _(
            "Not in run %(n)s: has a placement at that time, or left the round's classes.", n=second
        )
    return _("Not in run %(n)s.", n=first) if direction == "came" else ""


def _direction(row: dict[str, Any]) -> str:
    for name in ("gone", "came"):
        if row[name]:
            return name
    if row["after"] is None:
        return "left"
    if row["before"] is None:
        return "new"
    return "better" if (row["rank_after"] or 99) < (row["rank_before"] or 99) else "worse"


def _why(
    row: dict[str, Any], before: Reason, after: Reason, posts: dict[UUID, dict[str, Any]]
) -> str:
    """Why the student's post differs: what became of the old post now, or of the new post then."""
    if after.outcome == "withdrawn":
        return _("Left the round.")
    if after.outcome == "kept":
        return _("The coordinator keeps this place for the student.")
    if row["direction"] in ("better", "new"):
        then = next((choice for choice in before.choices if choice.post == row["after"]), None)
        now = next((choice for choice in after.choices if choice.post == row["after"]), None)
        if then is not None and then.cutoff is not None and now is not None and now.own is not None:
            return _(
                "A place fell free: it took %(cutoff)s before, and %(own)s is enough now.",
                cutoff=number(then.cutoff, 1),
                own=number(now.own, 1),
            )
        return _("The place is open to the student now.")
    now = next((choice for choice in after.choices if choice.post == row["before"]), None)
    return (
        choice_sentence(now, posts)
        if now is not None
        else _("The post is not in the round any more.")
    )
