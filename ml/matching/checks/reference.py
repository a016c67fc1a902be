"""Student-proposing deferred acceptance under post ⊂ host caps (docs/matching.md#nested-caps),
written to be read.

A host that is offered a student looks for the smallest full cap on the way up: the post's, else its
own. Without one the student is held. Otherwise the student is refused if weaker than the weakest
held under that cap; else exactly that weakest one leaves and proposes on. O(E log q) heap
operations for E edges and caps of q places.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from ml.matching.model import HIGHEST, NO_CUTOFF, Market, Outcome

Heap = list[tuple[int, int]]


def solve_by_heaps(market: Market) -> Outcome:
    """The student-optimal stable matching of a market: the oracle that faster paths are tested
    against."""
    return _Desk(market).run()


class _Desk:
    """Who holds which place while proposals go on; a heap entry is stale once its student has moved
    on."""

    def __init__(self, market: Market) -> None:
        self.posts = market.post.tolist()
        self.keys = market.key.tolist()
        self.start = market.indptr.tolist()
        self.owner = market.student_of_edge().tolist()
        self.host_of = market.host_of.tolist()
        self.post_room = market.post_capacity.tolist()
        self.host_room = market.host_capacity.tolist()
        self.at_post: list[Heap] = [[] for _ in self.post_room]
        self.at_host: list[Heap] = [[] for _ in self.host_room]
        self.post_count = [0] * len(self.post_room)
        self.host_count = [0] * len(self.host_room)
        self.held: list[int] = [-1] * market.students
        """[students] the edge that is held, −1 for none."""
        self.next = self.start[:-1].copy()
        self.proposals = 0

    def run(self) -> Outcome:
        for student in range(len(self.held)):
            waiting = student
            while waiting >= 0:
                waiting = self._propose(waiting)
        return self._outcome()

    def _propose(self, student: int) -> int:
        """Go down the list until somebody holds the student; returns who had to leave for it, −1
        for nobody."""
        while self.next[student] < self.start[student + 1]:
            edge = self.next[student]
            self.next[student] += 1
            self.proposals += 1
            post = self.posts[edge]
            host = self.host_of[post]
            heap = self._full(post, host)
            if heap is None:
                self._hold(student, edge)
                return -1
            weakest = self._weakest(heap)
            if weakest is None or self.keys[edge] < weakest[0]:
                continue
            self._release(weakest[1])
            self._hold(student, edge)
            return weakest[1]
        return -1

    def _full(self, post: int, host: int) -> Heap | None:
        if self.post_count[post] >= self.post_room[post]:
            return self.at_post[post]
        return self.at_host[host] if self.host_count[host] >= self.host_room[host] else None

    def _weakest(self, heap: Heap) -> tuple[int, int] | None:
        """(key, student) of the weakest held in a heap of (key, edge); None for a cap of zero."""
        while heap:
            key, edge = heap[0]
            student = self.owner[edge]
            if self.held[student] == edge:
                return key, student
            heappop(heap)
        return None

    def _hold(self, student: int, edge: int) -> None:
        post = self.posts[edge]
        self.held[student] = edge
        self.post_count[post] += 1
        self.host_count[self.host_of[post]] += 1
        heappush(self.at_post[post], (self.keys[edge], edge))
        heappush(self.at_host[self.host_of[post]], (self.keys[edge], edge))

    def _release(self, student: int) -> None:
        post = self.posts[self.held[student]]
        self.held[student] = -1
        self.post_count[post] -= 1
        self.host_count[self.host_of[post]] -= 1

    def _outcome(self) -> Outcome:
        edges = np.array(self.held, np.int64)
        placed = edges >= 0
        post = np.full(len(edges), -1, np.int32)
        choice = np.full(len(edges), -1, np.int32)
        post[placed] = np.array(self.posts, np.int32)[edges[placed]]
        choice[placed] = (edges - np.array(self.start[:-1], np.int64))[placed]
        return Outcome(
            post=post,
            choice=choice,
            post_cutoff=self._cutoffs(self.at_post, self.post_count, self.post_room),
            host_cutoff=self._cutoffs(self.at_host, self.host_count, self.host_room),
            post_count=np.array(self.post_count, np.int32),
            host_count=np.array(self.host_count, np.int32),
            proposals=self.proposals,
        )

    def _cutoffs(self, heaps: list[Heap], count: list[int], room: list[int]) -> NDArray[np.int64]:
        found = np.full(len(heaps), NO_CUTOFF, np.int64)
        for node, heap in enumerate(heaps):
            if count[node] >= room[node]:
                weakest = self._weakest(heap)
                found[node] = HIGHEST if weakest is None else weakest[0]
        return found
