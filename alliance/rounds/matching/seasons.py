"""How a round is solved: from the lists alone, or from an earlier run and what changed since. Pure,
over `ml.matching`.

A *change* (`round_change`) holds for every later run: a student leaves, a guardian refuses a place,
a place is kept whatever happens, a post is limited or closed. A run is *cold* (from the lists),
*gentle* (from an earlier run by vacancy chains and continuation: who is not touched by a change
moves only to something better) or with *floors* (nobody gets less than before).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.kit.asking.ids import StudentId
from alliance.rounds.matching.scoring import ties_of
from ml.matching import Market, NestedMarket, NestedOutcome, nested, solve_nested
from ml.matching.checks.nested import audit_nested
from ml.matching.nested import capped
from ml.matching.season.groups import solve_with_groups
from ml.matching.season.steps import Step, add_seats, lower_caps, refuse, with_floors, withdraw

Mode = Literal["cold", "gentle", "floors"]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The changes that hold for a run."""

    withdrawn: frozenset[UUID] = frozenset()
    refused: frozenset[tuple[UUID, UUID]] = frozenset()
    """(student, post)"""
    locked: Mapping[UUID, UUID] = {}
    """Student → the post that the student keeps."""
    limits: Mapping[UUID, int] = {}
    """Post → the most students that this round may bring; 0 closes it."""
    without: frozenset[UUID] = frozenset()
    """Students whom the coordinator decided to leave without a post in the run before."""

    @classmethod
    def of(cls, rows: list[dict[str, Any]], before: datetime | None = None) -> Changes:
        """The changes of rows of `round_change`, or of those made before a moment."""
        held = [row for row in rows if before is None or row["made"] < before]
        withdrawn = frozenset(row["student"] for row in held if row["kind"] == "withdraw")
        return cls(
            withdrawn=withdrawn,
            refused=frozenset(
                (row["student"], row["post"]) for row in held if row["kind"] == "refuse"
            ),
            locked={
                row["student"]: row["post"]
                for row in held
                if row["kind"] == "lock" and row["student"] not in withdrawn
            },
            limits={row["post"]: row["seats"] for row in held if row["kind"] == "limit"},
        )

    def keeping(self, decided: Mapping[UUID, Decision]) -> Changes:
        """The same, with what the coordinator decided otherwise in the run before, unless a later
        change undoes it."""
        held = {
            one: decision.post
            for one, decision in decided.items()
            if one not in self.withdrawn
            and one not in self.locked
            and (one, decision.post) not in self.refused
        }
        return msgspec.structs.replace(
            self,
            locked={**{one: post for one, post in held.items() if post is not None}, **self.locked},
            without=frozenset(one for one, post in held.items() if post is None),
        )

    def keeps(self, student: StudentId, decision: Decision) -> bool:
        """Whether a decision of the run before holds on."""
        return (
            student in self.without
            if decision.post is None
            else self.locked.get(student) == decision.post
        )


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the coordinator decided otherwise for one student: it is carried into a run that goes
    on, with its reason."""

    post: UUID | None
    reason: str
    made: datetime
    by: UUID | None


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The run that a gentle run or one with floors starts from."""

    number: int
    requested: datetime
    places: Mapping[UUID, UUID]
    """Student → post."""
    decided: Mapping[UUID, Decision]
    """Student → what the coordinator decided instead of the proposal."""
    kept: Mapping[UUID, UUID]
    """Student → the place that was kept outside that run, so that its caps do not have it."""
    out: frozenset[UUID]
    """Students who took no part: they had left, or were decided to stay without a post."""
    capacity: Mapping[str, int]
    """Id of a post or host → its cap in that run."""
    shut: frozenset[UUID]
    """Posts that were closed for their minimum group size."""


class Solved(msgspec.Struct, frozen=True, kw_only=True):
    """An outcome of a market, and how it was reached."""

    tree: NestedMarket
    """The market that the certificate speaks of: lists as they were used, caps after closing,
    standings with floors."""
    outcome: NestedOutcome
    way: str
    """`cold`, `chains`, `continued` or `floors`."""
    shut: tuple[int, ...] = ()
    """Posts closed because their group would have been too small, in the order of closing."""


class UnstableError(RuntimeError):
    """The independent audit contradicts the engine: nothing of such a run may be shown."""


def solve_cold(market: Market, least: int) -> Solved:
    """From the lists; posts whose group stays below `least` students are closed one after the
    other."""
    tree = nested(market)
    if least <= 1:
        return _audited(Solved(tree=tree, outcome=solve_nested(tree), way="cold"))
    minimum = np.ones(len(tree.parent), np.int32)
    # a post that nobody asks for is not "closed": there is no group
    minimum[np.unique(market.post)] = least
    found = solve_with_groups(tree, minimum)
    return _audited(Solved(tree=found.market, outcome=found.outcome, way="cold", shut=found.closed))


def solve_with_floors(market: Market, places: NDArray[np.int32]) -> Solved | None:
    """Everybody who has a place (`places` [students], position on the list or −1) gets that one or
    a better one.

    Those places go before all others' claims; above them the ranking decides. None when they do not
    fit the caps of today.
    """
    tree = nested(market)
    present = capped(tree, places)
    if (present.count > tree.capacity).any():
        return None
    kept = np.flatnonzero(places >= 0).tolist()
    floored = with_floors(tree, present, kept, ties=ties_of(market.students))
    return _audited(Solved(tree=floored, outcome=solve_nested(floored), way="floors"))


def solve_gently(
    before: Market,
    places: NDArray[np.int32],
    left: NDArray[np.bool_],
    refused: NDArray[np.bool_],
    today: Market,
) -> Solved | None:
    """From an earlier outcome: `before` is the market of that time and `places` its result, `today`
    the market as it stands.

    `left` and `refused` [students]: who leaves, and who goes on down the list because the place is
    refused. Whom no change touches moves only to something better, unless caps became smaller. None
    when the earlier outcome is not stable under today's lists, so that there is nothing to go on
    from.
    """
    tree, capacity = nested(before), nested(today).capacity
    step = Step(tree, capped(tree, places), "continued")
    if audit_nested(step.market, step.outcome):
        return None
    ways = set()
    if left.any():
        step = withdraw(step.market, step.outcome, np.flatnonzero(left).tolist())
        ways.add(step.how)
    if (refused & ~left).any():
        step = refuse(step.market, step.outcome, np.flatnonzero(refused & ~left).tolist())
        ways.add(step.how)
    raised = np.maximum(step.market.capacity, capacity)
    if (raised > step.market.capacity).any():
        step = add_seats(step.market, step.outcome, raised)
        ways.add(step.how)
    if (capacity < step.market.capacity).any():
        # chains may have left the student-optimal outcome, from which alone continuing equals a
        # cold run
        cold = Step(step.market, solve_nested(step.market), "cold") if "chains" in ways else step
        step = lower_caps(cold.market, cold.outcome, capacity)
        ways = {"cold"} if "chains" in ways else {*ways, step.how}
    way = next((how for how in ("chains", "cold") if how in ways), "continued")
    return _audited(Solved(tree=step.market, outcome=step.outcome, way=way))


def _audited(solved: Solved) -> Solved:
    if broken := audit_nested(solved.tree, solved.outcome):
        raise UnstableError("; ".join(broken[:5]))
    return solved


def earlier_of(base: Base, in_force: Changes, recorded: Changes) -> Changes:
    """The changes that the base had seen: those `recorded` before it, and the decisions that had
    been carried into it.

    Whose place was kept outside its caps was out like those who had left. Who has come back since
    is told as if nothing had been: from there only a cold run leads to today.
    """
    out = recorded.withdrawn | base.out | base.kept.keys()
    return msgspec.structs.replace(
        recorded,
        withdrawn=out & in_force.withdrawn,
        without=out & in_force.without,
        locked=base.kept,
    )
