"""Markets under trees of caps for tests, and the explicit choice function that they are compared with."""

from __future__ import annotations

from random import Random

import numpy as np

from ml.matching import NestedMarket


def tree_market(
    random: Random,
    most_students: int = 25,
    most_list: int = 6,
    wide: bool = False,
    one_key: bool = False,
) -> NestedMarket:
    """A random market of up to three levels (school at post ⊂ post ⊂ enterprise), or four with a county above when `wide`.

    With `one_key` a student has the same key at all nodes below a root, as in the hub, where an enterprise has one opinion.
    """
    parent, capacity, leaves = [], [], []
    county = wide and random.random() < 0.5
    if county:
        parent.append(-1)
        capacity.append(random.randint(0, 20))
    for _ in range(random.randint(1, 40 if wide else 4)):
        host = len(parent)
        parent.append(0 if county else -1)
        capacity.append(random.randint(0, 8))
        for _ in range(random.randint(1, 20 if wide and random.random() < 0.3 else 4)):
            post = len(parent)
            parent.append(host)
            capacity.append(random.randint(0, 4))
            if random.random() < 0.5:
                for _ in range(random.randint(1, 3)):
                    leaves.append(len(parent))
                    parent.append(post)
                    capacity.append(random.randint(0, 3))
            else:
                leaves.append(post)
    students = random.randint(1, most_students)
    lists = [
        random.sample(leaves, min(len(leaves), random.randint(0, most_list)))
        for _ in range(students)
    ]
    keys = [
        [random.randint(0, 30) * 100 + student for _ in own] for student, own in enumerate(lists)
    ]
    if one_key:
        root = list(range(len(parent)))
        for node, above in enumerate(parent):
            root[node] = node if above < 0 else root[above]
        opinion = [
            [random.randint(0, 30) * 100 + student for _ in parent] for student in range(students)
        ]
        keys = [[opinion[student][root[node]] for node in own] for student, own in enumerate(lists)]
    return tree_of(lists, keys, parent, capacity)


def tree_of(
    lists: list[list[int]], keys: list[list[int]], parent: list[int], capacity: list[int]
) -> NestedMarket:
    """A market from plain lists."""
    return NestedMarket.of(
        np.cumsum([0, *map(len, lists)]).astype(np.int64),
        np.array([node for own in lists for node in own], np.int32),
        np.array([key for own in keys for key in own], np.int64),
        np.array(parent, np.int32),
        np.array(capacity, np.int32),
    )


def lists_of(market: NestedMarket) -> tuple[list[list[int]], list[list[int]]]:
    """(nodes, keys) of every list."""
    rows = list(zip(market.indptr[:-1].tolist(), market.indptr[1:].tolist(), strict=True))
    node, key = market.node.tolist(), market.key.tolist()
    return [node[a:b] for a, b in rows], [key[a:b] for a, b in rows]


def by_greedy_choice(market: NestedMarket) -> list[int]:
    """[students] positions: rounds of offers; every root takes offers by key while all caps on the path have room."""
    lists, keys = lists_of(market)
    parent, at = market.parent.tolist(), [0] * len(lists)
    while True:
        offers = [(keys[s][at[s]], s) for s in range(len(lists)) if at[s] < len(lists[s])]
        room, refused = market.capacity.tolist(), []
        for _, student in sorted(offers, reverse=True):
            path, node = [], lists[student][at[student]]
            while node >= 0:
                path.append(node)
                node = parent[node]
            if all(room[node] > 0 for node in path):
                for node in path:
                    room[node] -= 1
            else:
                refused.append(student)
        if not refused:
            return [a if a < len(own) else -1 for a, own in zip(at, lists, strict=True)]
        for student in refused:
            at[student] += 1
