"""A round's certificate: what anybody needs to check a published outcome, by pseudonyms, as JSON.

It commits to the inputs (SHA-256), the seed of the draw, the caps with their cutoffs, and the
engine's version. Whoever has the inputs computes the hash and the outcome again; whoever has only
an own standing compares it with the cutoffs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.matching.checks.nested import audit_nested
from ml.matching.checks.values import MOST_KEY, NotWholeError, whole
from ml.matching.model import HIGHEST, NO_CUTOFF
from ml.matching.nested import NestedMarket, NestedOutcome, capped
from ml.matching.solve import solve_nested

KIND = "stable matching certificate"
VERSION = "ml.matching 3"
"""Changes whenever the same inputs could give another outcome or another certificate."""
BY_CHAINS = f"{VERSION}, by vacancy chains"
"""The version of an outcome that was carried on from an earlier one: stable, and not always what a
cold run finds."""


class _OtherError(ValueError):
    """What a certificate says is not about these inputs."""


@dataclass(frozen=True, slots=True)
class Named:
    """A market with names: pseudonyms of students, ids of the tree's nodes. Raises ValueError
    unless both are unique."""

    students: Sequence[str]
    nodes: Sequence[str]
    market: NestedMarket

    def __post_init__(self) -> None:
        if (
            len(set(self.students)) != self.market.students
            or len(self.students) != self.market.students
        ):
            raise ValueError("students must be one different name for every row")
        if len(set(self.nodes)) != len(self.market.parent) or len(self.nodes) != len(
            self.market.parent
        ):
            raise ValueError("nodes must be one different name for every node")


def fingerprint(named: Named) -> str:
    """SHA-256 (hexadecimal) of lists, keys and caps by name; it does not depend on the order of
    students or nodes."""
    market, digest = named.market, hashlib.sha256()
    for at in sorted(range(len(named.nodes)), key=named.nodes.__getitem__):
        above = int(market.parent[at])
        line = [
            named.nodes[at],
            None if above < 0 else named.nodes[above],
            int(market.capacity[at]),
        ]
        digest.update(json.dumps(line).encode() + b"\n")
    node, key, indptr = market.node.tolist(), market.key.tolist(), market.indptr.tolist()
    for at in sorted(range(len(named.students)), key=named.students.__getitem__):
        wishes = [
            [named.nodes[node[edge]], key[edge]] for edge in range(indptr[at], indptr[at + 1])
        ]
        digest.update(json.dumps([named.students[at], wishes]).encode() + b"\n")
    return digest.hexdigest()


def certificate(
    named: Named,
    outcome: NestedOutcome,
    seed: int | None,
    closed: Collection[str] = (),
    *,
    chains: bool = False,
) -> dict[str, Any]:
    """The certificate as plain JSON values. `closed`: nodes shut for their minimum group size, in
    the order of closing.

    `chains` says that the outcome was reached by vacancy chains: stable, but not always the one a
    cold run finds.
    """
    return {
        "kind": KIND,
        "version": BY_CHAINS if chains else VERSION,
        "inputs": fingerprint(named),
        "seed": seed,
        "closed": list(closed),
        "caps": {
            name: {"capacity": int(capacity), "held": int(held), "cutoff": _told(int(cutoff))}
            for name, capacity, held, cutoff in zip(
                named.nodes, named.market.capacity, outcome.count, outcome.cutoff, strict=True
            )
        },
        "placements": {
            student: None if node < 0 else named.nodes[node]
            for student, node in zip(named.students, outcome.node.tolist(), strict=True)
        },
    }


def verify(named: Named, told: Any, *, compiled: bool | None = None) -> list[str]:
    """Everything in which a certificate disagrees with the inputs; an empty list confirms it.

    Compares kind, version and hash; audits placements and cutoffs (`auditing`); and, unless it was
    reached by vacancy chains, solves again. Raises ValueError for numbers beyond what a market can
    hold, and where no names stand as closed.
    """
    if not isinstance(told, dict):
        return ["the certificate is not a JSON object"]
    if told.get("kind") != KIND or told.get("version") not in (VERSION, BY_CHAINS):
        return [
            f"the certificate is {told.get('kind')!r}, {told.get('version')!r}, not {KIND!r}, "
            f"{VERSION!r}"
        ]
    found = [] if told.get("inputs") == fingerprint(named) else ["the hash of the inputs differs"]
    try:
        outcome = _outcome(named, told)
    except (NotWholeError, _OtherError) as error:
        return [*found, f"the certificate does not fit the inputs: {error}"]
    found += audit_nested(named.market, outcome)
    shut = {
        name for name, places in zip(named.nodes, named.market.capacity, strict=True) if places == 0
    }
    closed = told.get("closed")
    if isinstance(closed, list) and not all(isinstance(name, str) for name in closed):
        raise ValueError("what is said to be closed are no names")
    if (
        not isinstance(closed, list)
        or len(set(closed)) != len(closed)
        or not shut.issuperset(closed)
    ):
        found.append("what is said to be closed has places")
    if told["version"] == BY_CHAINS:
        return found
    again = solve_nested(named.market, compiled=compiled)
    differ = np.flatnonzero(again.choice != outcome.choice)
    found += [
        f"student {named.students[at]}: solved again, the place differs"
        for at in differ[:20].tolist()
    ]
    return found


def choices_of(named: Named, placements: dict[str, str | None]) -> NDArray[np.int32]:
    """[students] positions on the lists; raises ValueError for a name that is missing, unknown or
    not on the list."""
    if set(placements) != set(named.students):
        raise ValueError("the placements are not of these students")
    numbers = {name: at for at, name in enumerate(named.nodes)}
    choice = np.full(named.market.students, -1, np.int32)
    node, indptr = named.market.node, named.market.indptr
    for at, student in enumerate(named.students):
        if (place := placements[student]) is not None:
            own = node[indptr[at] : indptr[at + 1]].tolist()
            if numbers.get(place) not in own:
                raise ValueError(f"{place!r} is not on the list of {student!r}")
            choice[at] = own.index(numbers[place])
    return choice


def _outcome(named: Named, told: dict[str, Any]) -> NestedOutcome:
    placements, caps = told.get("placements"), told.get("caps")
    if not isinstance(placements, dict) or any(
        not isinstance(place, str | None) for place in placements.values()
    ):
        raise _OtherError("it does not say who is placed where")
    if not isinstance(caps, dict) or set(caps) != set(named.nodes):
        raise _OtherError("the caps are not of these nodes")
    try:
        derived = capped(named.market, choices_of(named, placements))
    except ValueError as error:
        raise _OtherError(str(error)) from error
    held, cutoffs = [], []
    for name, capacity in zip(named.nodes, named.market.capacity.tolist(), strict=True):
        cap = caps[name]
        if not isinstance(cap, dict) or set(cap) != {"capacity", "held", "cutoff"}:
            raise _OtherError(f"it does not say what {name!r} holds")
        if whole(cap["capacity"], f"the capacity of {name!r}") != capacity:
            raise _OtherError(f"the cap of {name!r} differs")
        held.append(whole(cap["held"], f"what {name!r} holds"))
        cutoffs.append(_heard(cap["cutoff"], name))
    return NestedOutcome(
        node=derived.node,
        choice=derived.choice,
        cutoff=np.array(cutoffs, np.int64),
        count=np.array(held, np.int32),
        proposals=derived.proposals,
    )


def _told(cutoff: int) -> int | str | None:
    return None if cutoff == NO_CUTOFF else "closed" if cutoff == HIGHEST else cutoff


def _heard(cutoff: object, name: str) -> int:
    if cutoff is None or cutoff == "closed":
        return NO_CUTOFF if cutoff is None else HIGHEST
    return whole(cutoff, f"the cutoff of {name!r}", MOST_KEY, -MOST_KEY)
