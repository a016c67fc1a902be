"""A door for callers who hold names in dictionaries, as `matching` (PyPI) takes and gives them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ml.matching.nested import NestedMarket
from ml.matching.solve import solve_nested

Student = TypeVar("Student", bound=Hashable)
Post = TypeVar("Post", bound=Hashable)


def match_dictionaries(
    lists: Mapping[Student, Sequence[Post]], rankings: Mapping[Post, Sequence[Student]], places: Mapping[Post, int]
) -> tuple[dict[Post, list[Student]], int]:
    """Post → its students, best first, and how many one-sided entries were left out; under plain caps.

    `lists` and `rankings` are best first; a post that does not rank the student is left out, and the other way round. Raises
    KeyError for a name that is a value but no key, ValueError for a name that comes twice in a list.
    """
    students, posts = list(lists), list(rankings)
    student_number = dict(zip(students, range(len(students)), strict=True))
    post_number = dict(zip(posts, range(len(posts)), strict=True))
    wished = np.fromiter(map(post_number.__getitem__, chain.from_iterable(lists.values())), np.int64)
    ranked = np.fromiter(map(student_number.__getitem__, chain.from_iterable(rankings.values())), np.int64)
    lengths = np.fromiter(map(len, lists.values()), np.int64, len(students))
    sizes = np.fromiter(map(len, rankings.values()), np.int64, len(posts))
    wish_code = np.repeat(np.arange(len(students)), lengths) * len(posts) + wished
    rank_code = ranked * len(posts) + np.repeat(np.arange(len(posts)), sizes)
    best_first = np.arange(len(ranked)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    place = _joined(wish_code, rank_code, best_first, len(students) * len(posts))
    both = place >= 0
    kept = np.concatenate([[0], np.cumsum(both)])
    indptr = kept[np.concatenate([[0], np.cumsum(lengths)])]
    market = NestedMarket.of(
        indptr,
        wished[both].astype(np.int32),
        sizes.max(initial=0) - place[both],
        np.full(len(posts), -1, np.int32),
        np.fromiter(map(places.__getitem__, posts), np.int32, len(posts)),
    )
    outcome = solve_nested(market)
    placed = np.flatnonzero(outcome.choice >= 0)
    key = market.key[market.indptr[placed] + outcome.choice[placed]]
    found: dict[Post, list[Student]] = {post: [] for post in posts}
    by_post = placed[np.lexsort((-key, outcome.node[placed]))]
    for student, post in zip(by_post.tolist(), outcome.node[by_post].tolist(), strict=True):
        found[posts[post]].append(students[student])
    return found, len(wished) + len(ranked) - 2 * int(both.sum())


def _joined(
    wish_code: NDArray[np.int64], rank_code: NDArray[np.int64], best_first: NDArray[np.int64], codes: int
) -> NDArray[np.int64]:
    """[wishes] the place that the other side gives, −1 for none; O(n log n) of one sort of whole numbers, the fastest there is.

    Raises ValueError for a code that comes twice on one side.
    """
    payload = np.concatenate([best_first, np.arange(len(wish_code))])
    code = np.concatenate([rank_code * 2, wish_code * 2 + 1])
    bits = int(payload.max(initial=0)).bit_length()
    if (2 * codes).bit_length() + bits <= 63:
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
