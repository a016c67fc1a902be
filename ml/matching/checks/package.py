"""A certificate together with the inputs it commits to, as one JSON value that anybody can check
without the hub."""

from __future__ import annotations

from typing import Any

import numpy as np

from ml.matching.checks.certificate import BY_CHAINS, Named, verify
from ml.matching.checks.confirm import objections, placements_of
from ml.matching.checks.values import MOST_KEY, NotWholeError, whole
from ml.matching.lottery import lottery
from ml.matching.nested import NestedMarket

KIND = "stable matching with its inputs"


def package(named: Named, told: dict[str, Any], ties: int | None = None) -> dict[str, Any]:
    """The inputs by name (caps as [node, node above or null, capacity]; lists as [student, [[node,
    key], …]], best first) and the certificate `told` about them.

    `ties` says that every key is (a whole number) · ties + ties − 1 − (the student's place in the
    draw of the certificate's seed among `named.students`), so that anybody can check that the draw
    broke the ties.
    """
    market, nodes = named.market, list(named.nodes)
    node, key, indptr = market.node.tolist(), market.key.tolist(), market.indptr.tolist()
    return {
        "kind": KIND,
        "ties": ties,
        "caps": [
            [name, None if above < 0 else nodes[above], capacity]
            for name, above, capacity in zip(
                nodes, market.parent.tolist(), market.capacity.tolist(), strict=True
            )
        ],
        "lists": [
            [
                student,
                [[nodes[node[edge]], key[edge]] for edge in range(indptr[at], indptr[at + 1])],
            ]
            for at, student in enumerate(named.students)
        ],
        "certificate": told,
    }


def unpack(value: Any) -> tuple[Named, Any]:
    """The inputs and the certificate of a package. Raises NotWholeError for a number that was
    altered to none, else ValueError, saying what is wrong with it."""
    if not isinstance(value, dict) or value.get("kind") != KIND:
        raise ValueError(f"this is no {KIND!r}")
    caps = _rows(value, "caps", 3, "[node, node above or null, capacity]")
    lists = _rows(value, "lists", 2, "[student, [[node, key], …]]")
    if "certificate" not in value:
        raise ValueError("the package has no 'certificate'")
    nodes = [str(name) for name, _above, _capacity in caps]
    place = {name: at for at, name in enumerate(nodes)}
    parent = [
        -1 if above is None else _place(place, above, f"the node above {name!r}")
        for name, above, _capacity in caps
    ]
    capacity = [whole(number, f"the capacity of {name!r}") for name, _above, number in caps]
    students = [str(name) for name, _wishes in lists]
    wishes = [
        [
            (
                _place(place, node, f"a wish of {name!r}"),
                whole(key, f"a key of {name!r}", MOST_KEY, -MOST_KEY),
            )
            for node, key in _rows({name: row}, name, 2, "[node, key]")
        ]
        for name, row in zip(students, (row for _name, row in lists), strict=True)
    ]
    told = value["certificate"]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in wishes], dtype=np.int64)]).astype(
        np.int64
    )
    edges = [edge for row in wishes for edge in row]
    market = NestedMarket.of(
        indptr,
        np.array([node for node, _key in edges], np.int32),
        np.array([key for _node, key in edges], np.int64),
        np.array(parent, np.int32),
        np.array(capacity, np.int32),
    )
    return Named(students, nodes, market), told


def _rows(value: dict[str, Any], name: str, length: int, form: str) -> list[Any]:
    rows = value.get(name)
    if not isinstance(rows, list) or any(
        not isinstance(row, list) or len(row) != length for row in rows
    ):
        raise ValueError(f"the package is damaged: {name!r} is no list of {form}")
    return rows


def _place(places: dict[str, int], node: object, what: str) -> int:
    if not isinstance(node, str) or node not in places:
        raise ValueError(f"the package is damaged: {what} is {node!r}, which has no cap")
    return places[node]


def disagreements(value: Any) -> list[str]:
    """Everything in which a package contradicts itself; an empty list confirms it. Raises
    ValueError for what is no package.

    The certificate is verified by the engine, and then once more by a second implementation that
    shares no code with it.
    """
    try:
        named, told = unpack(value)
    except NotWholeError as error:
        return [str(error)]
    found = verify(named, told) + _not_drawn(named, told, value.get("ties"))
    if found:
        return found
    if told["version"] == BY_CHAINS:
        return objections(value, told["placements"])
    second = placements_of(value)
    return [
        f"student {student}: the second implementation gives {second[student] or 'nothing'}"
        for student, node in told["placements"].items()
        if second[student] != node
    ]


def _not_drawn(named: Named, told: Any, ties: Any) -> list[str]:
    """Students whose keys are not of the draw that the certificate names."""
    if ties is None:
        return []
    if (
        not isinstance(ties, int)
        or ties <= len(named.students)
        or not isinstance(told, dict)
        or not isinstance(told.get("seed"), int)
    ):
        return ["the package does not say how its ties were drawn"]
    whole(ties, "the number of draws", MOST_KEY)
    place = lottery(told["seed"], named.students)
    market = named.market
    wrong = market.key % ties != ties - 1 - place[market.student_of_edge()]
    students = np.unique(market.student_of_edge()[wrong])[:20].tolist()
    return [
        f"student {named.students[at]}: a key is not of the draw of seed {told['seed']}"
        for at in students
    ]
