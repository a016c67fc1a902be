"""An independent look at an outcome: feasible, individually rational, without a blocking pair, and equal to what the
published cutoffs alone give. It shares no code with the solver."""

from __future__ import annotations

import numpy as np

from ml.matching.model import HIGHEST, NO_CUTOFF, Market, Outcome


def audit(market: Market, outcome: Outcome) -> list[str]:
    """Everything that is wrong with an outcome, as sentences; an empty list is a clean bill. O(E + places log places)."""
    return [
        *_counts(market, outcome),
        *_lists(market, outcome),
        *_cutoffs(market, outcome),
        *_blocking(market, outcome),
    ]


def _counts(market: Market, outcome: Outcome) -> list[str]:
    held = outcome.post[outcome.post >= 0]
    posts = np.bincount(held, minlength=len(market.post_capacity))
    hosts = np.bincount(market.host_of[held], minlength=len(market.host_capacity))
    found = [f"post {p}: {posts[p]} of {market.post_capacity[p]} places" for p in np.flatnonzero(posts > market.post_capacity)]
    found += [f"host {h}: {hosts[h]} of {market.host_capacity[h]} places" for h in np.flatnonzero(hosts > market.host_capacity)]
    if not np.array_equal(posts, outcome.post_count) or not np.array_equal(hosts, outcome.host_count):
        found.append("the counts do not agree with the placements")
    return found


def _lists(market: Market, outcome: Outcome) -> list[str]:
    found = []
    for student, (post, choice) in enumerate(zip(outcome.post.tolist(), outcome.choice.tolist(), strict=True)):
        wishes = market.post[market.indptr[student] : market.indptr[student + 1]]
        if (post < 0) != (choice < 0) or (post >= 0 and (choice >= len(wishes) or wishes[choice] != post)):
            found.append(f"student {student}: the post is not at that place of the list")
    return found


def _cutoffs(market: Market, outcome: Outcome) -> list[str]:
    """The cutoffs are what the placements say, and the first post reached by them is the result."""
    held_by_post: list[list[int]] = [[] for _ in market.post_capacity]
    held_by_host: list[list[int]] = [[] for _ in market.host_capacity]
    for student in np.flatnonzero(outcome.choice >= 0).tolist():
        edge = market.indptr[student] + outcome.choice[student]
        if edge < market.indptr[student + 1]:
            held_by_post[market.post[edge]].append(int(market.key[edge]))
            held_by_host[market.host_of[market.post[edge]]].append(int(market.key[edge]))
    found = []
    for name, held, room, told in (
        ("post", held_by_post, market.post_capacity, outcome.post_cutoff),
        ("host", held_by_host, market.host_capacity, outcome.host_cutoff),
    ):
        for node, keys in enumerate(held):
            expected = NO_CUTOFF if len(keys) < room[node] else min(keys, default=HIGHEST)
            if expected != told[node]:
                found.append(f"{name} {node}: cutoff {told[node]} instead of {expected}")
    for student in range(market.students):
        result: int = -1
        for edge in range(market.indptr[student], market.indptr[student + 1]):
            post = market.post[edge]
            full = outcome.post_cutoff[post]
            bar = full if full != NO_CUTOFF else outcome.host_cutoff[market.host_of[post]]
            if market.key[edge] >= bar:
                result = int(post)
                break
        if result != outcome.post[student]:
            found.append(f"student {student}: the cutoffs give post {result}, the outcome post {outcome.post[student]}")
    return found


def _blocking(market: Market, outcome: Outcome) -> list[str]:
    """Pairs that would both rather have each other: a place is free all the way up, or a weaker student holds one."""
    weakest_post = np.full(len(market.post_capacity), HIGHEST, np.int64)
    weakest_host = np.full(len(market.host_capacity), HIGHEST, np.int64)
    posts, hosts = np.zeros_like(market.post_capacity), np.zeros_like(market.host_capacity)
    for student in np.flatnonzero(outcome.post >= 0).tolist():
        post = outcome.post[student]
        own = np.flatnonzero(market.post[market.indptr[student] : market.indptr[student + 1]] == post)
        if not len(own):
            continue
        key = market.key[market.indptr[student] + own[0]]
        host = market.host_of[post]
        posts[post] += 1
        hosts[host] += 1
        weakest_post[post] = min(weakest_post[post], key)
        weakest_host[host] = min(weakest_host[host], key)
    found = []
    for student in range(market.students):
        for edge in range(market.indptr[student], market.indptr[student + 1]):
            post = market.post[edge]
            if post == outcome.post[student]:
                break
            host = market.host_of[post]
            if posts[post] >= market.post_capacity[post]:
                blocks = market.post_capacity[post] > 0 and market.key[edge] > weakest_post[post]
            elif hosts[host] >= market.host_capacity[host]:
                blocks = market.host_capacity[host] > 0 and market.key[edge] > weakest_host[host]
            else:
                blocks = True
            if blocks:
                found.append(f"student {student} and post {post} block")
    return found
