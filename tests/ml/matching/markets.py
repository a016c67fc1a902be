"""Markets for tests, and the slow, obvious answer they are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from ml.matching import Market


def market_of(
    wishes: Sequence[Sequence[int]],
    keys: Sequence[Sequence[int]],
    host_of: Sequence[int],
    posts: Sequence[int],
    hosts: Sequence[int],
) -> Market:
    """A market from plain lists."""
    return Market(
        indptr=np.cumsum([0, *map(len, wishes)]).astype(np.int64),
        post=np.array([post for own in wishes for post in own], np.int32),
        key=np.array([key for own in keys for key in own], np.int64),
        host_of=np.array(host_of, np.int32),
        post_capacity=np.array(posts, np.int32),
        host_capacity=np.array(hosts, np.int32),
    )


def by_choice_function(market: Market) -> list[int]:
    """Deferred acceptance in rounds: every student offers, every host chooses greedily by key under both caps."""
    lists = [list(range(market.indptr[s], market.indptr[s + 1])) for s in range(market.students)]
    at = [0] * len(lists)
    while True:
        offers = [(lists[s][at[s]], s) for s in range(len(lists)) if at[s] < len(lists[s])]
        posts, hosts, refused = [0] * len(market.post_capacity), [0] * len(market.host_capacity), []
        for edge, student in sorted(offers, key=lambda offer: -market.key[offer[0]]):
            post = market.post[edge]
            host = market.host_of[post]
            if (
                posts[post] < market.post_capacity[post]
                and hosts[host] < market.host_capacity[host]
            ):
                posts[post] += 1
                hosts[host] += 1
            else:
                refused.append(student)
        if not refused:
            return [
                int(market.post[own[at[s]]]) if at[s] < len(own) else -1
                for s, own in enumerate(lists)
            ]
        for student in refused:
            at[student] += 1


@st.composite
def markets(draw: st.DrawFn, most_students: int = 12, most_list: int = 6) -> Market:
    """Small markets of every kind: empty lists, caps of zero, hosts with one post or many."""
    hosts = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    host_of = draw(st.lists(st.integers(0, len(hosts) - 1), min_size=1, max_size=7))
    posts = [draw(st.integers(0, 4)) for _ in host_of]
    students = draw(st.integers(0, most_students))
    orders = [draw(st.permutations(range(students))) for _ in hosts]
    wishes = [
        draw(st.lists(st.integers(0, len(host_of) - 1), unique=True, max_size=most_list))
        for _ in range(students)
    ]
    keys = [[orders[host_of[post]][student] for post in own] for student, own in enumerate(wishes)]
    return market_of(wishes, keys, host_of, posts, hosts)
