"""A market and its outcome: frozen structs over NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NO_CUTOFF = -1
"""Stands for "not full" where a cutoff is asked for; keys are never negative."""
HIGHEST = int(np.iinfo(np.int64).max)
"""The cutoff of a cap of zero: nobody reaches it."""


@dataclass(frozen=True, slots=True)
class Market:
    """Students' lists as compressed rows, hosts' order as keys, two levels of caps.

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
        for name in ("post_capacity", "host_capacity", "key"):
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


def _alike(values: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """[values − 1] whether neighbours in an order are equal."""
    ordered = values[order]
    alike: NDArray[np.bool_] = ordered[1:] == ordered[:-1]
    return alike


def _within(name: str, values: NDArray[np.int32], size: int) -> None:
    if len(values) and (values.min() < 0 or values.max() >= size):
        raise ValueError(f"{name} must be from 0 to {size - 1}")
