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
from ml.matching.model import HIGHEST, NO_CUTOFF
from ml.matching.nested import NestedMarket, NestedOutcome, capped
from ml.matching.solve import solve_nested

KIND = "stable matching certificate"
VERSION = "ml.matching 3"
"""Changes whenever the same inputs could give another outcome or another certificate."""
BY_CHAINS = f"{VERSION}, by vacancy chains"
"""The version of an outcome that was carried on from an earlier one: stable, and not always what a
cold run finds."""


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
    reached by vacancy chains, solves again.
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
    except (KeyError, TypeError, ValueError) as error:
        return [*found, f"the certificate does not fit the inputs: {error}"]
    found += audit_nested(named.market, outcome)
    shut = {
        name for name, places in zip(named.nodes, named.market.capacity, strict=True) if places == 0
    }
    closed = told.get("closed")
    if (
        not isinstance(closed, list)
        or len(set(map(str, closed))) != len(closed)
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
    derived = capped(named.market, choices_of(named, told["placements"]))
    caps = [told["caps"][name] for name in named.nodes]
    if len(told["caps"]) != len(caps):
        raise ValueError("the caps are not of these nodes")
    if wrong := [
        n
        for n, cap, c in zip(named.nodes, caps, named.market.capacity, strict=True)
        if cap["capacity"] != c
    ]:
        raise ValueError(f"the cap of {wrong[0]!r} differs")
    return NestedOutcome(
        node=derived.node,
        choice=derived.choice,
        cutoff=np.array([_heard(cap["cutoff"]) for cap in caps], np.int64),
        count=np.array([cap["held"] for cap in caps], np.int32),
        proposals=derived.proposals,
    )


def _told(cutoff: int) -> int | str | None:
    return None if cutoff == NO_CUTOFF else "closed" if cutoff == HIGHEST else cutoff


def _heard(cutoff: int | str | None) -> int:
    return NO_CUTOFF if cutoff is None else HIGHEST if cutoff == "closed" else int(cutoff)
