"""From inputs to an outcome: wishes are judged, the market is solved cold or from the last run."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.rounds.matching.figures import UNBOUND, figures_of, kind_id, worth_of
from alliance.rounds.matching.scoring import Parts, keys
from alliance.rounds.matching.seasons import (
    Base,
    Changes,
    Solved,
    solve_cold,
    solve_gently,
    solve_with_floors,
)
from alliance.rounds.matching.wishes import Inputs, Wishes, judged_wishes, points
from ml.matching import Market, Refusals, explain, lottery, nested, two_levels
from ml.matching import Outcome as Matching
from ml.matching.nested import capped


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine found, and what it was given."""

    market: Market
    solved: Solved
    matching: Matching
    refusals: Refusals
    wishes: Wishes
    parts: Parts
    """[wishes]"""
    change: NDArray[np.int8]
    """[wishes] OPEN … KEPT."""
    shut: frozenset[int]
    """Posts that are closed for the size of their group, in this run or in the one that it goes on
    from."""
    edge: NDArray[np.int64]
    """[wishes] the wish's place in the market; -1 where a rule or a change takes it out."""
    figures: dict[str, Any]


def match(inputs: Inputs) -> Outcome:
    """Student-proposing deferred acceptance over the lawful wishes (docs/matching.md#nested-caps),
    audited before it is returned.

    Raises UnstableError when the audit disagrees, ValueError when more places are kept than a cap
    allows.
    """
    wishes = judged_wishes(inputs)
    parts = points(inputs, wishes)
    draw = lottery(inputs.round["seed"], [student["pseudonym"] for student in inputs.students])
    key = keys(parts.tenths, draw[wishes.student], len(draw))
    change = changed(inputs, wishes, inputs.changes)
    market, edge = market_of(inputs, wishes, key, change, caps_of(inputs, _shut_before(inputs)))
    solved, note = _solve(inputs, wishes, key, market)
    shut = frozenset(solved.shut) | (frozenset() if note else _shut_before(inputs))
    market = _with_caps(market, solved.tree.capacity)
    found = (
        capped(nested(market), solved.outcome.choice) if solved.way == "floors" else solved.outcome
    )
    matching = two_levels(market, found)
    refusals = explain(market, matching)
    worth, alike = worth_of(inputs, solved, shut)
    figures = figures_of(inputs, wishes, market, matching, refusals, worth)
    figures |= {
        "worth_alike": alike,
        "mode": inputs.mode,
        "way": solved.way,
        "note": note,
        "shut": [str(inputs.offer.posts[at]["id"]) for at in sorted(shut)],
    }
    return Outcome(
        market=market,
        solved=solved,
        matching=matching,
        refusals=refusals,
        wishes=wishes,
        parts=parts,
        change=change,
        shut=shut,
        edge=edge,
        figures=figures,
    )


def changed(inputs: Inputs, wishes: Wishes, changes: Changes) -> NDArray[np.int8]:
    """[wishes] what the changes make of each."""
    change = np.zeros(len(wishes.student), np.int8)
    position = inputs.offer.position
    for at, student in enumerate(inputs.students):
        mine = slice(int(wishes.indptr[at]), int(wishes.indptr[at + 1]))
        if student["id"] in changes.withdrawn or student["id"] in changes.without:
            change[mine] = WITHDRAWN
        elif student["id"] in changes.locked:
            change[mine] = KEPT
    rows = {student["id"]: at for at, student in enumerate(inputs.students)}
    for student_id, post in changes.refused:
        if student_id in rows and post in position:
            at = rows[student_id]
            mine = slice(int(wishes.indptr[at]), int(wishes.indptr[at + 1]))
            change[mine][(wishes.post[mine] == position[post]) & (change[mine] == OPEN)] = REFUSED
    return change


def _shut_before(inputs: Inputs) -> frozenset[int]:
    """The posts that the run which this one goes on from had closed for the size of their group."""
    if inputs.mode == "cold" or inputs.base is None:
        return frozenset()
    return frozenset(
        inputs.offer.position[post] for post in inputs.base.shut if post in inputs.offer.position
    )


Caps = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""Of posts, of hosts, of kinds of work."""


def caps_of(inputs: Inputs, shut: frozenset[int] = frozenset()) -> Caps:
    """Caps of posts, hosts and kinds of work after the coordinator's limits, without the places
    that are kept, none at `shut` posts.

    Raises ValueError, naming the post, when more are kept than fit.
    """
    offer, changes = inputs.offer, inputs.changes
    posts, hosts = offer.post_capacity.copy(), offer.host_capacity.copy()
    kinds = offer.kind_capacity.copy()
    for post, seats in changes.limits.items():
        if post in offer.position:
            posts[offer.position[post]] = min(posts[offer.position[post]], seats)
    present = {student["id"] for student in inputs.students}
    for student, post in changes.locked.items():
        if student in present and post in offer.position:
            at = offer.position[post]
            posts[at] -= 1
            hosts[offer.host_of[at]] -= 1
            kind = offer.kind_of[at]
            if kind >= 0:
                kinds[kind] -= 1
            if posts[at] < 0 or hosts[offer.host_of[at]] < 0 or (kind >= 0 and kinds[kind] < 0):
                raise ValueError(
                    f"more places are kept at {offer.posts[at]['title']} than it may hold"
                )
    posts[list(shut)] = 0
    return posts, hosts, kinds


def market_of(
    inputs: Inputs,
    wishes: Wishes,
    key: NDArray[np.int64],
    change: NDArray[np.int8],
    caps: Caps,
) -> tuple[Market, NDArray[np.int64]]:
    """The market of the lawful wishes that no change takes out, and [wishes] the place of each in
    it (-1: none)."""
    taken = (wishes.mask == 0) & (change == OPEN)
    counts = np.bincount(wishes.student[taken], minlength=len(inputs.students))
    market = Market(
        indptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        post=wishes.post[taken],
        key=key[taken],
        host_of=inputs.offer.host_of,
        post_capacity=caps[0],
        host_capacity=caps[1],
        group_of=inputs.offer.kind_of,
        group_capacity=caps[2],
    )
    return market, np.where(taken, np.cumsum(taken) - 1, -1)


def _solve(
    inputs: Inputs, wishes: Wishes, key: NDArray[np.int64], market: Market
) -> tuple[Solved, str]:
    """The outcome, and why it was made from the lists when something else was asked for (a word,
    empty if not)."""
    base = inputs.base
    found: Solved | None = None
    if base is not None and inputs.mode == "floors":
        found = solve_with_floors(market, _places(inputs, market, base))
    elif base is not None and inputs.mode == "gentle":
        before = _before(inputs, wishes, key, base)
        places = _places(inputs, before, base)
        ids = [student["id"] for student in inputs.students]
        left = np.array([one in _leaving(inputs, base) for one in ids])
        refused = np.array(
            [(one, base.places.get(one)) in inputs.changes.refused for one in ids]
        ) & (places >= 0)
        found = solve_gently(before, places, left, refused, market)
    if found is not None:
        return found, ""
    least = int(inputs.round["least_group"])
    posts, hosts, kinds = caps_of(inputs)
    market = dataclasses.replace(
        market, post_capacity=posts, host_capacity=hosts, group_capacity=kinds
    )
    return solve_cold(
        market, least
    ), "" if base is None else "caps" if inputs.mode == "floors" else "lists"


def _moved(inputs: Inputs, base: Base) -> frozenset[UUID]:
    """Students who had a place in the base and keep another one since."""
    return frozenset(
        one
        for one, post in inputs.changes.locked.items()
        if one not in inputs.earlier.locked and base.places.get(one) not in (None, post)
    )


def _leaving(inputs: Inputs, base: Base) -> frozenset[UUID]:
    """Students whose place in the base goes on to others."""
    out = inputs.changes.withdrawn | inputs.changes.without
    return (out - inputs.earlier.withdrawn - inputs.earlier.without) | _moved(inputs, base)


def _before(inputs: Inputs, wishes: Wishes, key: NDArray[np.int64], base: Base) -> Market:
    """The market that the base had, without the places that are kept since and the refusals of what
    nobody held."""
    offer, earlier, changes = inputs.offer, inputs.earlier, inputs.changes
    since = {one: post for one, post in changes.locked.items() if one not in earlier.locked}
    held = {
        (student, post) for student, post in changes.refused if base.places.get(student) == post
    }
    moved = _moved(inputs, base)
    seen = msgspec.structs.replace(
        earlier,
        refused=changes.refused - (held - earlier.refused),
        locked={one: post for one, post in changes.locked.items() if one not in moved},
    )
    posts = np.array([base.capacity.get(str(post["id"]), 0) for post in offer.posts], np.int32)
    hosts = np.array([base.capacity.get(str(host), 0) for host in offer.hosts], np.int32)
    kinds = np.array([base.capacity.get(kind_id(kind), UNBOUND) for kind in offer.kinds], np.int32)
    at_post, at_host, of_kind = _held(inputs, base)
    for student, post in since.items():
        if post not in offer.position:
            continue
        at, host = offer.position[post], offer.host_of[offer.position[post]]
        # a place that the student held, or that nobody did, can be taken out of its caps without
        # anybody noticing
        own = base.places.get(student) == post
        kind = offer.kind_of[at]
        free = kind < 0 or of_kind[kind] < kinds[kind]
        if own or (at_post[at] < posts[at] and at_host[host] < hosts[host] and free):
            posts[at] -= 1
            hosts[host] -= 1
            at_post[at] -= own
            at_host[host] -= own
            if kind >= 0:
                kinds[kind] -= 1
                of_kind[kind] -= own
    return market_of(inputs, wishes, key, changed(inputs, wishes, seen), (posts, hosts, kinds))[0]


def _held(
    inputs: Inputs, base: Base
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """[posts], [hosts] and [kinds] how many places the base gave, without those that it kept
    outside."""
    offer = inputs.offer
    given = [
        offer.position[post]
        for one, post in base.places.items()
        if one not in base.kept and post in offer.position
    ]
    at_post = np.bincount(np.array(given, np.int64), minlength=len(offer.posts))
    at_host = np.bincount(offer.host_of, weights=at_post, minlength=len(offer.hosts))
    # the last is of posts without a narrower kind
    of_kind = np.bincount(
        np.where(offer.kind_of < 0, len(offer.kinds), offer.kind_of),
        weights=at_post,
        minlength=len(offer.kinds) + 1,
    )
    return at_post, at_host.astype(np.int64), of_kind[: len(offer.kinds)].astype(np.int64)


def _places(inputs: Inputs, market: Market, base: Base) -> NDArray[np.int32]:
    """[students] the position of the base's place on the list, -1 where there is none or it is not
    on the list."""
    places = np.full(len(inputs.students), -1, np.int32)
    for at, student in enumerate(inputs.students):
        post = base.places.get(student["id"])
        own = market.post[market.indptr[at] : market.indptr[at + 1]].tolist()
        if post is not None and inputs.offer.position.get(post) in own:
            places[at] = own.index(inputs.offer.position[post])
    return places


def _with_caps(market: Market, capacity: NDArray[np.int32]) -> Market:
    posts, hosts = len(market.post_capacity), len(market.host_capacity)
    return dataclasses.replace(
        market,
        post_capacity=capacity[:posts],
        host_capacity=capacity[posts : posts + hosts],
        group_capacity=capacity[posts + hosts :],
    )


OPEN, REFUSED, WITHDRAWN, KEPT = range(4)
"""What a change makes of a wish: nothing; refused for the student; the student left; the student
keeps one place."""
