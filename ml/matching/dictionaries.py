"""A door for callers who hold names in dictionaries, as `matching` (PyPI) takes and gives them.

Looking the names up is most of the work, and Python's: one look for every name, in one call for
each side, and none afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import chain, pairwise
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ml.matching.engine.compiled import chosen, kernel
from ml.matching.nested import NestedMarket
from ml.matching.solve import solve_nested

Student = TypeVar("Student", bound=Hashable)
Post = TypeVar("Post", bound=Hashable)


def match_dictionaries(
    lists: Mapping[Student, Sequence[Post]],
    rankings: Mapping[Post, Sequence[Student]],
    places: Mapping[Post, int],
    *,
    compiled: bool | None = None,
) -> tuple[dict[Post, list[Student]], int]:
    """Post → its students, best first, and how many one-sided entries were left out; under plain
    caps.

    `lists` and `rankings` are best first; a post that does not rank the student is left out, and
    the other way round. Raises KeyError for a name that is a value but no key, ValueError for a
    name that comes twice in a list. `compiled` as in `solve.solve`.
    """
    students, posts = list(lists), list(rankings)
    begin, wished = _numbers(lists.values(), posts)
    rank_begin, ranked = _numbers(rankings.values(), students)
    join = _met if chosen(compiled, len(wished)) else _joined
    place = join(begin, wished, rank_begin, ranked)
    both = place >= 0
    place = place[both]
    market = NestedMarket.of(
        np.concatenate([[0], np.cumsum(both)])[begin],
        wished[both].astype(np.int32),
        np.diff(rank_begin).max(initial=0) - place,
        np.full(len(posts), -1, np.int32),
        np.fromiter(map(places.__getitem__, posts), np.int32, len(posts)),
    )
    outcome = solve_nested(market, compiled=compiled)
    placed = np.flatnonzero(outcome.choice >= 0)
    # where a post ranks a student is also where the pair stands among all, post by post and best
    # first
    among = rank_begin[outcome.node[placed]] + place[market.indptr[placed] + outcome.choice[placed]]
    names = list(map(students.__getitem__, placed[np.argsort(among)].tolist()))
    ends = np.concatenate([[0], np.cumsum(outcome.count)]).tolist()
    found = {
        post: names[first:end] for post, (first, end) in zip(posts, pairwise(ends), strict=True)
    }
    return found, len(wished) + len(ranked) - 2 * len(place)


def _numbers(
    rows: Collection[Sequence[Any]], names: list[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """([rows + 1] where each begins, the number of every name in the rows, one row after the
    other)."""
    begin = np.concatenate([[0], np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)))])
    number = dict(zip(names, range(len(names)), strict=True))
    if begin[-1] < 2:  # an itemgetter of one name gives no tuple
        return begin, np.fromiter(map(number.__getitem__, chain.from_iterable(rows)), np.int64)
    # a third faster than map and __getitem__, which call a method for every name
    found = itemgetter(*chain.from_iterable(rows))(number)
    return begin, np.fromiter(found, np.int64, int(begin[-1]))


def _met(
    begin: NDArray[np.int64],
    wished: NDArray[np.int64],
    rank_begin: NDArray[np.int64],
    ranked: NDArray[np.int64],
) -> NDArray[np.int64]:
    """As `_joined`, compiled; O(n)."""
    place = np.full(len(wished), -1, np.int64)
    if not kernel(_meet)(begin, wished, rank_begin, ranked, place):
        raise ValueError("a name comes twice in a list")
    return place


def _meet(begin: Any, wished: Any, rank_begin: Any, ranked: Any, place: Any) -> Any:
    """Whether no name comes twice. A student's ranks are spread over the posts and the student's
    wishes read there."""
    students, posts = begin.size - 1, rank_begin.size - 1
    start = np.zeros(students + 2, np.int64)
    for student in ranked:
        start[student + 2] += 1
    for student in range(students):
        start[student + 1] += start[student]
    post_of, place_of = np.empty(ranked.size, np.int64), np.empty(ranked.size, np.int64)
    for post in range(posts):
        for t in range(rank_begin[post], rank_begin[post + 1]):
            at = start[ranked[t] + 1]
            post_of[at] = post
            place_of[at] = t - rank_begin[post]
            start[ranked[t] + 1] = at + 1
    by, put, wishing = (
        np.full(posts, -1, np.int64),
        np.empty(posts, np.int64),
        np.full(posts, -1, np.int64),
    )
    for student in range(students):
        for t in range(start[student], start[student + 1]):
            if by[post_of[t]] == student:
                return False
            by[post_of[t]] = student
            put[post_of[t]] = place_of[t]
        for t in range(begin[student], begin[student + 1]):
            post = wished[t]
            if wishing[post] == student:
                return False
            wishing[post] = student
            if by[post] == student:
                place[t] = put[post]
    return True


def _joined(
    begin: NDArray[np.int64],
    wished: NDArray[np.int64],
    rank_begin: NDArray[np.int64],
    ranked: NDArray[np.int64],
) -> NDArray[np.int64]:
    """[wishes] the place that the other side gives, −1 for none; O(n log n) of one sort of whole
    numbers, the fastest there is.

    Raises ValueError for a name that comes twice in a list.
    """
    students, posts = len(begin) - 1, len(rank_begin) - 1
    wish_code = np.repeat(np.arange(students), np.diff(begin)) * posts + wished
    rank_code = ranked * posts + np.repeat(np.arange(posts), np.diff(rank_begin))
    best_first = np.arange(len(ranked)) - np.repeat(rank_begin[:-1], np.diff(rank_begin))
    payload = np.concatenate([best_first, np.arange(len(wish_code))])
    code = np.concatenate([rank_code * 2, wish_code * 2 + 1])
    bits = int(payload.max(initial=0)).bit_length()
    if (2 * students * posts).bit_length() + bits <= 63:
        packed = np.sort((code << bits) | payload)
        code, payload = packed >> bits, packed & ((1 << bits) - 1)
    else:
        order = np.argsort(code, kind="stable")
        code, payload = code[order], payload[order]
    step = np.diff(code)
    if (step == 0).any():
        raise ValueError("a name comes twice in a list")
    pair = np.flatnonzero((step == 1) & (code[1:] & 1 == 1))
    place = np.full(len(wish_code), -1, np.int64)
    place[payload[pair + 1]] = payload[pair]
    return place
