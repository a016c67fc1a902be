"""What happens to an outcome after it is found: people come and go, places too. Every step returns
the new market with its outcome, and says how it was reached: by vacancy chains (nobody is worse
off), by continuation (equal to a cold run) or cold.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ml.matching.model import NO_CUTOFF
from ml.matching.nested import (
    KEY_SHIFT,
    LAST,
    MOST_KEY,
    NODE,
    NestedMarket,
    NestedOutcome,
    capped,
    flag_last,
)
from ml.matching.season.chains import refill
from ml.matching.solve import solve_nested

How = Literal["chains", "continued", "cold"]


@dataclass(frozen=True, slots=True)
class Step:
    """A market after a change, its stable outcome, and how it was reached."""

    market: NestedMarket
    outcome: NestedOutcome
    how: How


def withdraw(
    market: NestedMarket,
    outcome: NestedOutcome,
    students: Collection[int],
    *,
    compiled: bool | None = None,
) -> Step:
    """Students leave (their lists become empty); their places go on by vacancy chains.

    Stable; nobody who stays is worse off. May differ from a cold run in a few students, who then
    have a stable place too.
    """
    gone = _mask(market, students)
    choice = np.where(gone, -1, outcome.choice).astype(np.int32)
    freed = outcome.node[gone & (outcome.choice >= 0)].astype(np.int64)
    now, _ = refill(
        market,
        choice,
        market.capacity.astype(np.int64) - outcome.count,
        freed,
        gone,
        compiled=compiled,
    )
    left = without(market, gone)
    return Step(left, capped(left, now), "chains")


def add_seats(
    market: NestedMarket,
    outcome: NestedOutcome,
    capacity: NDArray[np.int32],
    *,
    compiled: bool | None = None,
) -> Step:
    """Caps become larger: `capacity` [nodes], nowhere smaller than before (ValueError).

    By vacancy chains, nobody worse off, when every cap above a raised one has room for all of the
    new places. Otherwise a stronger student may displace a weaker one below the full cap above, so
    the market is run cold: see `moves`.
    """
    more = capacity.astype(np.int64) - market.capacity
    if len(capacity) != len(market.capacity) or (more < 0).any():
        raise ValueError("capacity must not become smaller")
    raised = NestedMarket(market.indptr, market.wish, market.parent, capacity.astype(np.int32))
    asked = np.where(outcome.cutoff != NO_CUTOFF, more, 0)
    # as if imaginary students had held the new places and left: they count in every cap above, and
    # must have had room there
    room = np.where(asked > 0, 0, capacity.astype(np.int64) - outcome.count)
    freed = np.repeat(np.arange(len(asked)), asked)
    above = market.parent[freed]
    while len(above := above[above >= 0]):
        room -= np.bincount(above, minlength=len(room))
        if (outcome.cutoff[above] != NO_CUTOFF).any() or (room < 0).any():
            return Step(raised, solve_nested(raised, compiled=compiled), "cold")
        above = market.parent[above]
    now, _ = refill(
        raised, outcome.choice, room, freed, np.zeros(market.students, bool), compiled=compiled
    )
    return Step(raised, capped(raised, now), "chains")


def lower_caps(
    market: NestedMarket,
    outcome: NestedOutcome,
    capacity: NDArray[np.int32],
    *,
    compiled: bool | None = None,
) -> Step:
    """Caps become smaller or close (0): `capacity` [nodes], nowhere larger than before
    (ValueError). Equal to a cold run.

    By continuation when no cap above a lowered one is full; else cold, since places that fall free
    below a full cap reopen wishes which it had refused. `outcome` must be a solver's
    (student-optimal) for the continuation to equal a cold run.
    """
    if len(capacity) != len(market.capacity) or (capacity > market.capacity).any():
        raise ValueError("capacity must not become larger")
    lowered = NestedMarket(market.indptr, market.wish, market.parent, capacity.astype(np.int32))
    above = market.parent[capacity < market.capacity]
    while len(above := above[above >= 0]):
        if (outcome.cutoff[above] != NO_CUTOFF).any():
            return Step(lowered, solve_nested(lowered, compiled=compiled), "cold")
        above = market.parent[above]
    return Step(
        lowered,
        solve_nested(lowered, begin=_where(market, outcome), compiled=compiled),
        "continued",
    )


def join(
    market: NestedMarket,
    outcome: NestedOutcome,
    arrivals: NestedMarket,
    *,
    compiled: bool | None = None,
) -> Step:
    """Students arrive (rows appended; the same tree, else ValueError), by continuation: equal to a
    cold run of all.

    `outcome` must be a solver's. Somebody may become worse off: see `moves`.
    """
    if not np.array_equal(market.parent, arrivals.parent):
        raise ValueError("arrivals must stand under the same tree")
    indptr = np.concatenate([market.indptr, market.indptr[-1] + arrivals.indptr[1:]])
    grown = NestedMarket(
        indptr, np.concatenate([market.wish, arrivals.wish]), market.parent, market.capacity
    )
    begin = np.concatenate([_where(market, outcome), np.zeros(arrivals.students, np.int32)])
    return Step(grown, solve_nested(grown, begin=begin, compiled=compiled), "continued")


def refuse(
    market: NestedMarket,
    outcome: NestedOutcome,
    students: Collection[int],
    *,
    compiled: bool | None = None,
) -> Step:
    """A guardian refuses the place: the pair is taken off the list and the student goes on down it.

    First the places are passed on by chains (nobody worse off), then the students come in again
    with what is left of their lists. Stable; those with a better claim than whoever the students
    then meet keep their places.
    """
    refused = _mask(market, students)
    if (outcome.choice[refused] < 0).any():
        raise ValueError("only a place that is held can be refused")
    between = withdraw(market, outcome, students, compiled=compiled)
    keep = np.ones(len(market.wish), bool)
    keep[market.indptr[:-1][refused] + outcome.choice[refused]] = False
    left = _only(market, keep)
    begin = _where(left, between.outcome)
    begin[refused] = 0
    return Step(left, solve_nested(left, begin=begin, compiled=compiled), "continued")


def reserve(market: NestedMarket, node: NDArray[np.int32]) -> NestedMarket:
    """Places outside the run but inside the caps: locked students and self-arranged placements.

    `node` [students]: where a student stays whatever happens, −1 for those who take part. Their
    lists become empty and every cap above them one smaller. Raises ValueError, naming the cap, when
    more stay than it allows.
    """
    stays = node >= 0
    count = np.zeros(len(market.parent), np.int64)
    at = node[stays]
    while len(at):
        count += np.bincount(at, minlength=len(count))
        at = market.parent[at]
        at = at[at >= 0]
    over = np.flatnonzero(count > market.capacity)
    if len(over):
        raise ValueError(
            f"node {over[0]}: {count[over[0]]} stay, the cap is {market.capacity[over[0]]}"
        )
    left = without(market, stays)
    return NestedMarket(
        left.indptr, left.wish, market.parent, (market.capacity - count).astype(np.int32)
    )


def with_floors(
    market: NestedMarket, outcome: NestedOutcome, students: Collection[int], *, ties: int = 1
) -> NestedMarket:
    """A market in which `students` keep at least their present place and may still improve.

    Their lists end with the present place, where they go before everybody without a floor. Since
    the present places fit in the caps, no floor is ever broken. `market` has the newcomers already;
    they are those without a place (`nested.capped` makes such an outcome). Keys are lifted by a
    multiple of `ties`, so that their remainders, which a draw may have made (`package.package`),
    stay. Raises ValueError when one of `students` has no place.
    """
    floor = _mask(market, students)
    if (outcome.choice[floor] < 0).any():
        raise ValueError("only a place that is held can be a floor")
    owner = market.student_of_edge()
    place = np.arange(len(market.wish)) - market.indptr[owner]
    keep = ~floor[owner] | (place <= outcome.choice[owner])
    held = floor[owner] & (place == outcome.choice[owner])
    key = market.key
    if len(key) and 2 * int(key.max()) + ties > MOST_KEY:
        key, ties = np.unique(key, return_inverse=True)[1].astype(np.int64), 1
    key[held] += (int(key.max(initial=0)) // ties + 1) * ties
    wish = (market.wish & (NODE | LAST)) | (key.astype(np.uint64) << KEY_SHIFT)
    return _only(NestedMarket(market.indptr, wish, market.parent, market.capacity), keep)


def without(market: NestedMarket, gone: NDArray[np.bool_]) -> NestedMarket:
    """The market with the lists of `gone` [students] emptied; rows keep their numbers."""
    return _only(market, ~np.repeat(gone, np.diff(market.indptr)))


def _only(market: NestedMarket, keep: NDArray[np.bool_]) -> NestedMarket:
    """The market of the kept wishes [edges]."""
    before = np.concatenate([[0], np.cumsum(keep)])
    indptr = before[market.indptr].astype(np.int64)
    wish = market.wish[keep] & ~LAST
    return NestedMarket(indptr, flag_last(indptr, wish), market.parent, market.capacity)


def _mask(market: NestedMarket, students: Collection[int]) -> NDArray[np.bool_]:
    found = np.zeros(market.students, bool)
    found[np.asarray(list(students), np.int64)] = True
    return found


def _where(market: NestedMarket, outcome: NestedOutcome) -> NDArray[np.int32]:
    """[students] the present position, the list's end for the unplaced: where continuation takes a
    list up."""
    return np.where(outcome.choice >= 0, outcome.choice, np.diff(market.indptr)).astype(np.int32)
