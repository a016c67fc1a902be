"""Markets of the benchmark (docs/matching.md#generated-markets): plain caps, and the same lists under nested ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ml.matching import NestedMarket
from ml.matching.nested import flag_last


@njit(cache=True)
def _fill(indptr: Any, share: Any, other: Any, ability: Any, seed: int, wish: Any) -> None:
    np.random.seed(seed)
    posts = share.size
    for s in range(indptr.size - 1):
        j = indptr[s]
        while j < indptr[s + 1]:
            p = np.random.randint(0, posts)
            if np.random.random() >= share[p]:
                p = other[p]
            again = False
            for t in range(indptr[s], j):
                if np.int64(wish[t] & np.uint64(0x7FFFFFFF)) == p:
                    again = True
            if again:
                continue
            score = min(
                max((0.6 * ability[s] + 0.8 * np.random.normal() + 6.0) / 12.0, 0.0), 0.999999
            )
            wish[j] = (np.uint64(score * 4294967294.0) << np.uint64(32)) | np.uint64(p)
            j += 1


@njit(cache=True)
def _alias(weight: Any) -> Any:
    n = weight.size
    share, other = weight * (n / weight.sum()), np.zeros(n, np.int64)
    small, large = np.empty(n, np.int64), np.empty(n, np.int64)
    few = many = 0
    for i in range(n):
        if share[i] < 1.0:
            small[few] = i
            few += 1
        else:
            large[many] = i
            many += 1
    while few > 0 and many > 0:
        few -= 1
        s, b = small[few], large[many - 1]
        other[s] = b
        share[b] -= 1.0 - share[s]
        if share[b] < 1.0:
            many -= 1
            small[few] = b
            few += 1
    for i in range(many):
        share[large[i]] = 1.0
    return share, other


def plain_market(students: int, seed: int = 1) -> NestedMarket:
    """n students under plain caps."""
    random = np.random.default_rng(seed)
    posts = max(21, students // 10)
    indptr = np.concatenate([[0], np.cumsum(random.integers(10, 21, students))]).astype(np.int64)
    wish = np.empty(indptr[-1], np.uint64)
    _fill(
        indptr,
        *_alias(np.exp(random.standard_normal(posts))),
        random.standard_normal(students),
        seed,
        wish,
    )
    capacity = random.integers(6, 19, posts).astype(np.int32)
    return NestedMarket(indptr, flag_last(indptr, wish), np.full(posts, -1, np.int32), capacity)


def nested_market(plain: NestedMarket, schools: int = 4) -> NestedMarket:
    """The same lists under school at post ⊂ post ⊂ enterprise ⊂ county."""
    posts, students = len(plain.parent), plain.students
    hosts = (posts + 4) // 5
    school = np.random.default_rng(3).integers(0, schools, students)
    node = plain.node.astype(np.int64) * schools + school[plain.student_of_edge()]
    first_post, first_host = posts * schools, posts * schools + posts
    places = np.bincount(np.arange(posts) // 5, weights=plain.capacity, minlength=hosts)
    parent = np.concatenate(
        [
            first_post + np.repeat(np.arange(posts), schools),
            first_host + np.arange(posts) // 5,
            np.full(hosts, first_host + hosts),
            [-1],
        ]
    )
    capacity = np.concatenate(
        [
            np.repeat(np.ceil(plain.capacity * 0.4), schools),
            plain.capacity,
            np.maximum(1, np.rint(0.8 * places)),
            [students],
        ]
    )
    strict = np.empty(len(node), np.int64)
    strict[np.argsort(plain.wish, kind="stable")] = np.arange(len(node))
    return NestedMarket.of(
        plain.indptr,
        node.astype(np.int32),
        strict,
        parent.astype(np.int32),
        capacity.astype(np.int32),
    )
