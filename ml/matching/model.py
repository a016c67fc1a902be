"""A market and its outcome: frozen structs over NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

NO_CUTOFF = -1
"""Stands for "not full" where a cutoff is asked for; keys are never negative."""
HIGHEST = int(np.iinfo(np.int64).max)
"""The cutoff of a cap of zero: nobody reaches it."""


@dataclass(frozen=True, slots=True)
class Market:
    """Students' lists as compressed rows, hosts' order as keys, two levels of caps, and where some
    posts of a host share a cap of their own, a third between them.

    Raises ValueError, naming the array, when the arrays do not fit together.
    """

    indptr: NDArray[np.int64]
    """[students + 1] student s's list is `post[indptr[s]:indptr[s + 1]]`, best first."""
    post: NDArray[np.int32]
    """[edges]"""
    key: NDArray[np.int64]
    """[edges] standing of the student at the host of that post, bigger is better, not negative; no
    two students share one at a host, and a student has the same at all posts of a host."""
    host_of: NDArray[np.int32]
    """[posts]"""
    post_capacity: NDArray[np.int32]
    """[posts]"""
    host_capacity: NDArray[np.int32]
    """[hosts]"""
    group_of: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """[posts] the group of posts of one host that share a cap, −1 for none; empty: no groups."""
    group_capacity: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """[groups]"""

    def __post_init__(self) -> None:
        if (
            self.indptr.ndim != 1
            or len(self.indptr) == 0
            or self.indptr[0] != 0
            or self.indptr[-1] != len(self.post)
        ):
            raise ValueError("indptr must begin with 0 and end with the number of edges")
        if (np.diff(self.indptr) < 0).any():
            raise ValueError("indptr must not decrease")
        if len(self.key) != len(self.post):
            raise ValueError("key and post must be equally long")
        if len(self.host_of) != len(self.post_capacity):
            raise ValueError("host_of and post_capacity must be equally long")
        _within("post", self.post, len(self.host_of))
        _within("host_of", self.host_of, len(self.host_capacity))
        if len(self.group_of) not in (0, len(self.post_capacity)):
            raise ValueError("group_of must be empty or as long as post_capacity")
        if len(self.group_of) and (
            self.group_of.min() < -1 or self.group_of.max() >= len(self.group_capacity)
        ):
            raise ValueError(f"group_of must be from -1 to {len(self.group_capacity) - 1}")
        if (self._hosts_of_groups()[1] > 1).any():
            raise ValueError("the posts of a group must be of one host")
        for name in ("post_capacity", "host_capacity", "group_capacity", "key"):
            if (getattr(self, name) < 0).any():
                raise ValueError(f"{name} must not be negative")
        owner, host = self.student_of_edge(), self.host_of[self.post].astype(np.int64)
        if (np.diff(np.sort(owner * max(len(self.host_of), 1) + self.post)) == 0).any():
            raise ValueError("a student lists a post twice")
        order = np.argsort(owner * max(len(self.host_capacity), 1) + host, kind="stable")
        if (_alike(owner, order) & _alike(host, order) & ~_alike(self.key, order)).any():
            raise ValueError("a student has two keys at one host")
        order = np.lexsort((self.key, host))
        if (_alike(host, order) & _alike(self.key, order) & ~_alike(owner, order)).any():
            raise ValueError("two students have the same key at one host")

    @property
    def students(self) -> int:
        """Number of students."""
        return len(self.indptr) - 1

    def host_of_group(self) -> NDArray[np.int32]:
        """[groups] the host of its posts, −1 for a group without any."""
        return self._hosts_of_groups()[0]

    def _hosts_of_groups(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """[groups] a host of its posts, and how many different hosts they have."""
        hosts = np.full(len(self.group_capacity), -1, np.int32)
        inside = np.flatnonzero(self.group_of >= 0)
        pairs = np.unique(
            np.stack([self.group_of[inside], self.host_of[inside]]).astype(np.int64), axis=1
        )
        hosts[pairs[0]] = pairs[1]
        return hosts, np.bincount(pairs[0], minlength=len(hosts))

    def student_of_edge(self) -> NDArray[np.int64]:
        """[edges] whose list an edge belongs to."""
        return np.repeat(np.arange(self.students), np.diff(self.indptr))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the matching gives everybody, and the cutoffs from which anybody can compute it
    again."""

    post: NDArray[np.int32]
    """[students] −1 for unplaced."""
    choice: NDArray[np.int32]
    """[students] position of that post on the student's own list, −1 for unplaced."""
    post_cutoff: NDArray[np.int64]
    """[posts] the smallest key held if the post is full, else NO_CUTOFF."""
    host_cutoff: NDArray[np.int64]
    """[hosts] the same for hosts."""
    post_count: NDArray[np.int32]
    host_count: NDArray[np.int32]
    proposals: int
    group_count: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


def _alike(values: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """[values − 1] whether neighbours in an order are equal."""
    ordered = values[order]
    alike: NDArray[np.bool_] = ordered[1:] == ordered[:-1]
    return alike


def _within(name: str, values: NDArray[np.int32], size: int) -> None:
    if len(values) and (values.min() < 0 or values.max() >= size):
        raise ValueError(f"{name} must be from 0 to {size - 1}")
