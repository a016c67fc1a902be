"""A market under a tree of caps, and its outcome: packed, so that ten million students fit in
memory.

A student's list is a row of *wishes*. A wish names a node of the cap tree, usually a leaf: "a
student of this school at this post". Its path to the root (school at post ⊂ post ⊂ enterprise ⊂
county) is the list of caps that it counts against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.matching.model import HIGHEST, NO_CUTOFF, Market, Outcome

LAST = np.uint64(1 << 31)
NODE = np.uint64(LAST - np.uint64(1))
KEY_SHIFT = np.uint64(32)
MOST_KEY = 2**32 - 2
"""The largest key; one more would be mistaken for the bar of a cap of zero."""
MOST_EDGES = 2**32 - 2
CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class NestedMarket:
    """Students' lists over a tree of caps. Build it with `NestedMarket.of`.

    `key` must be strict: no two students share one under a root; `lottery.strict_keys` makes keys
    so. (Should two be equal, the student of the lower row goes first, and the audit says so.)
    Raises ValueError, naming the array, when arrays do not fit.
    """

    indptr: NDArray[np.int64]
    """[students + 1] student s's list is `wish[indptr[s]:indptr[s + 1]]`, best first."""
    wish: NDArray[np.uint64]
    """[edges] key · 2³² + (2³¹ if last of its list) + node."""
    parent: NDArray[np.int32]
    """[nodes] the next larger cap, −1 for a root."""
    capacity: NDArray[np.int32]
    """[nodes] not negative."""

    def __post_init__(self) -> None:
        if (
            self.indptr.ndim != 1
            or len(self.indptr) == 0
            or self.indptr[0] != 0
            or self.indptr[-1] != len(self.wish)
        ):
            raise ValueError("indptr must begin with 0 and end with the number of wishes")
        if (np.diff(self.indptr) < 0).any():
            raise ValueError("indptr must not decrease")
        if len(self.wish) > MOST_EDGES:
            raise ValueError(f"at most {MOST_EDGES} wishes")
        if len(self.parent) != len(self.capacity):
            raise ValueError("parent and capacity must be equally long")
        if len(self.capacity) and self.capacity.min() < 0:
            raise ValueError("capacity must not be negative")
        if len(self.parent) and (self.parent.min() < -1 or self.parent.max() >= len(self.parent)):
            raise ValueError(f"parent must be from -1 to {len(self.parent) - 1}")
        depth_of(self.parent)
        for at in range(0, len(self.wish), CHUNK):
            if int((self.wish[at : at + CHUNK] & NODE).max()) >= len(self.parent):
                raise ValueError(f"node must be from 0 to {len(self.parent) - 1}")

    @classmethod
    def of(
        cls,
        indptr: NDArray[np.int64],
        node: NDArray[np.int32],
        key: NDArray[np.integer],
        parent: NDArray[np.int32],
        capacity: NDArray[np.int32],
    ) -> NestedMarket:
        """Pack plain arrays: `node` and `key` [edges]; O(edges).

        `key` is a whole number from 0 to 2³² − 2, bigger is better. Raises ValueError when it is
        not, or as the class does.
        """
        if len(node) != len(key):
            raise ValueError("key and node must be equally long")
        if len(key) and (key.min() < 0 or key.max() > MOST_KEY):
            raise ValueError(f"key must be from 0 to {MOST_KEY}")
        if len(node) and (node.min() < 0 or node.max() >= len(parent)):
            raise ValueError(f"node must be from 0 to {len(parent) - 1}")
        if len(indptr) == 0 or indptr[-1] != len(node) or (np.diff(indptr) < 0).any():
            raise ValueError(
                "indptr must begin with 0, not decrease and end with the number of wishes"
            )
        wish = np.empty(len(node), np.uint64)
        for at in range(0, len(node), CHUNK):
            part = slice(at, at + CHUNK)
            wish[part] = (key[part].astype(np.uint64) << KEY_SHIFT) | node[part].astype(np.uint64)
        return cls(
            indptr, flag_last(indptr, wish), parent.astype(np.int32), capacity.astype(np.int32)
        )

    @property
    def students(self) -> int:
        """Number of students."""
        return len(self.indptr) - 1

    @property
    def node(self) -> NDArray[np.int32]:
        """[edges] the node of every wish (a fresh array)."""
        return (self.wish & NODE).astype(np.int32)

    @property
    def key(self) -> NDArray[np.int64]:
        """[edges] the key of every wish (a fresh array)."""
        return (self.wish >> KEY_SHIFT).astype(np.int64)

    def student_of_edge(self) -> NDArray[np.int64]:
        """[edges] whose list an edge belongs to."""
        return np.repeat(np.arange(self.students), np.diff(self.indptr))


@dataclass(frozen=True, slots=True)
class NestedOutcome:
    """What the matching gives everybody, and the cutoffs from which anybody can compute it
    again."""

    node: NDArray[np.int32]
    """[students] the node of the wish that came true, −1 for unplaced."""
    choice: NDArray[np.int32]
    """[students] position of that wish on the student's own list, −1 for unplaced."""
    cutoff: NDArray[np.int64]
    """[nodes] the smallest key held under a full cap; NO_CUTOFF where it is not full, HIGHEST for
    an empty cap of zero."""
    count: NDArray[np.int32]
    """[nodes] students held under a cap."""
    proposals: int
    """How many wishes were looked at: everything down to the result; the same in every order of
    proposing."""


def wishes_by_node(market: NestedMarket) -> NDArray[np.int64]:
    """[nodes] how many wishes name a node."""
    return np.bincount(market.node, minlength=len(market.parent))


def flag_last(indptr: NDArray[np.int64], wish: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mark the last wish of every list, in place."""
    ends = indptr[1:][np.diff(indptr) > 0] - 1
    wish[ends] |= LAST
    return wish


def depth_of(parent: NDArray[np.int32]) -> NDArray[np.int32]:
    """[nodes] caps above a node, 0 for a root; O(nodes · depth). Raises ValueError when the parents
    run in a circle."""
    depth = np.zeros(len(parent), np.int32)
    above = parent.copy()
    for _ in range(len(parent) + 1):
        going = above >= 0
        if not going.any():
            return depth
        depth += going
        above = np.where(going, parent[above], -1)
    raise ValueError("parent runs in a circle")


def levels(parent: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Nodes by depth, roots first."""
    depth = depth_of(parent)
    return [np.flatnonzero(depth == level) for level in range(int(depth.max(initial=-1)) + 1)]


def capped(market: NestedMarket, choice: NDArray[np.int32]) -> NestedOutcome:
    """The outcome that says of `choice` [students] what it fills and which cutoffs follow;
    O(students + nodes)."""
    placed = np.flatnonzero(choice >= 0)
    held = market.wish[market.indptr[placed] + choice[placed]]
    node = np.full(market.students, -1, np.int32)
    node[placed] = (held & NODE).astype(np.int32)
    count = np.bincount(node[placed], minlength=len(market.parent)).astype(np.int64)
    weakest = np.full(len(market.parent), HIGHEST, np.int64)
    np.minimum.at(weakest, node[placed], (held >> KEY_SHIFT).astype(np.int64))
    for level in reversed(levels(market.parent)):
        inner = level[market.parent[level] >= 0]
        np.add.at(count, market.parent[inner], count[inner])
        np.minimum.at(weakest, market.parent[inner], weakest[inner])
    return NestedOutcome(
        node=node,
        choice=choice,
        cutoff=np.where(count >= market.capacity, weakest, NO_CUTOFF),
        count=count.astype(np.int32),
        proposals=proposals_of(market, choice),
    )


def cutoffs_from(
    weakest: NDArray[np.uint64], count: NDArray[np.int32], capacity: NDArray[np.int32]
) -> NDArray[np.int64]:
    """[nodes] cutoffs from the kernels' words (key · 2³² + …) of the weakest held."""
    held = np.where(count > 0, (weakest >> KEY_SHIFT).astype(np.int64), HIGHEST)
    return np.where(count >= capacity, held, NO_CUTOFF)


def proposals_of(market: NestedMarket, choice: NDArray[np.int32]) -> int:
    """Wishes looked at: down to the result, or the whole list of the unplaced."""
    looked = 0
    for at in range(0, len(choice), CHUNK // 4):
        part = choice[at : at + CHUNK // 4]
        looked += int(
            np.where(part >= 0, part + 1, np.diff(market.indptr[at : at + len(part) + 1])).sum()
        )
    return looked


def nested(market: Market) -> NestedMarket:
    """A market as a tree: nodes are first the posts, then the hosts, then the groups of posts. Keys
    above 2³² − 2 are made dense first."""
    posts, hosts = len(market.post_capacity), len(market.host_capacity)
    above = market.host_of + posts
    if len(market.group_of):
        above = np.where(market.group_of >= 0, market.group_of + posts + hosts, above)
    of_group = market.host_of_group()
    key = market.key
    if len(key) and key.max() > MOST_KEY:
        key = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return NestedMarket.of(
        market.indptr,
        market.post,
        key,
        np.concatenate(
            [above, np.full(hosts, -1), np.where(of_group >= 0, of_group + posts, -1)]
        ).astype(np.int32),
        np.concatenate([market.post_capacity, market.host_capacity, market.group_capacity]).astype(
            np.int32
        ),
    )


def two_levels(market: Market, found: NestedOutcome) -> Outcome:
    """The outcome of `nested(market)` in the words of the two-level market; where a group of posts
    is full, so are its posts."""
    posts, hosts = len(market.post_capacity), len(market.host_capacity)
    cutoff = found.cutoff
    if len(market.key) and market.key.max() > MOST_KEY:
        told = np.unique(market.key)
        real = (cutoff != NO_CUTOFF) & (cutoff != HIGHEST)
        cutoff = np.where(real, told[np.where(real, cutoff, 0)], cutoff)
    post_cutoff = cutoff[:posts]
    if len(market.group_of):
        groups = np.append(cutoff[posts + hosts :], NO_CUTOFF)
        post_cutoff = np.maximum(post_cutoff, groups[market.group_of])
    return Outcome(
        post=found.node,
        choice=found.choice,
        post_cutoff=post_cutoff,
        host_cutoff=cutoff[posts : posts + hosts],
        post_count=found.count[:posts],
        host_count=found.count[posts : posts + hosts],
        group_count=found.count[posts + hosts :],
        proposals=found.proposals,
    )
