"""All wishes of a round as flat columns, one row a wish: whose, which post, the rules that exclude
it, the points at its host.

Nothing here grows with students × posts: rules are run a block of students at a time and only the
wishes' own bits are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.rounds.matching.feasibility import Offer, round_columns, rule_masks
from alliance.rounds.matching.scoring import Parts, Weights, kilometres, specialty_fit, weigh
from alliance.rounds.matching.seasons import Base, Changes, Mode

ROWS = 1024
"""Students whose pairs are judged at a time: with 3,000 posts a block of masks takes 24 MB."""


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run depends on, read in one transaction."""

    round: dict[str, Any]
    students: tuple[dict[str, Any], ...]
    offer: Offer
    wishes: tuple[list[UUID], ...]
    """[students] post ids, best first."""
    links: Mapping[tuple[str, str], float]
    lifted: tuple[frozenset[str], ...]
    """[students] rules that filings for the student lift."""
    host_scores: Mapping[tuple[UUID, UUID], float]
    """(student, host) → 0 to 100."""
    changes: Changes = Changes()
    mode: Mode = "cold"
    base: Base | None = None
    earlier: Changes = Changes()
    """The changes that the base had seen."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """Wishes for posts of the round, by student and rank."""

    indptr: NDArray[np.int64]
    """[students + 1] where each student's wishes begin."""
    student: NDArray[np.int32]
    """[wishes]"""
    post: NDArray[np.int32]
    """[wishes] position in the offer."""
    rank: NDArray[np.int32]
    """[wishes] from 1; a post that left the round leaves a gap."""
    mask: NDArray[np.uint64]
    """[wishes] one bit per rule that excludes it."""
    lawful_pairs: int
    """Of all students × posts."""


def judged_wishes(inputs: Inputs) -> Wishes:
    """The wishes with their rule bits, by the law of the round's first day."""
    offer = inputs.offer
    position = offer.position
    flat = [
        (at, position[post], rank)
        for at, wishes in enumerate(inputs.wishes)
        for rank, post in enumerate(wishes, 1)
        if post in position
    ]
    student, post, rank = (np.array([row[i] for row in flat], np.int32) for i in range(3))
    indptr = np.zeros(len(inputs.students) + 1, np.int64)
    np.cumsum(np.bincount(student, minlength=len(inputs.students)), out=indptr[1:])
    mask = np.empty(len(flat), np.uint64)
    lawful = 0
    columns = round_columns(offer, inputs.round["starts"])
    for first in range(0, len(inputs.students), ROWS):
        last = min(first + ROWS, len(inputs.students))
        block = rule_masks(
            inputs.students[first:last],
            offer,
            inputs.round["starts"],
            inputs.lifted[first:last],
            columns,
        )
        lawful += int(np.count_nonzero(block == 0))
        mine = slice(indptr[first], indptr[last])
        mask[mine] = block[student[mine] - first, post[mine]]
    return Wishes(
        indptr=indptr, student=student, post=post, rank=rank, mask=mask, lawful_pairs=lawful
    )


def points(inputs: Inputs, wishes: Wishes) -> Parts:
    """Points by criterion of every wish's student at its post's host; posts of one host share
    them."""
    students, offer, row = inputs.students, inputs.offer, inputs.round
    host = offer.host_of[wishes.post]
    codes = sorted({student["specialty"] for student in students})
    fits = _fits(inputs, codes)
    code_of = np.array([codes.index(student["specialty"]) for student in students], np.int32)
    homes = sorted({home for student in students if (home := _home(student)) is not None})
    home_of = np.array(
        [-1 if (home := _home(student)) is None else homes.index(home) for student in students],
        np.int32,
    )
    grades = np.array(
        [np.nan if student["grade"] is None else float(student["grade"]) for student in students]
    )
    ways = _ways(offer, homes)
    return weigh(
        Weights(
            row["weight_specialty"], row["weight_grade"], row["weight_distance"], row["weight_host"]
        ),
        fits[code_of[wishes.student], host] if len(wishes.student) else np.zeros(0),
        grades[wishes.student],
        ways[home_of[wishes.student], host],
        _given(inputs, wishes, host),
    )


def _fits(inputs: Inputs, codes: list[str]) -> NDArray[np.float64]:
    """[specialties × hosts] the best fit of a specialty to a post of the host, 0 to 1."""
    fits = np.zeros((len(codes), len(inputs.offer.hosts)))
    for at, post in enumerate(inputs.offer.posts):
        host, wanted = inputs.offer.host_of[at], frozenset(post["wanted"])
        for place, code in enumerate(codes):
            fits[place, host] = max(
                fits[place, host], specialty_fit(code, post["occupation"], wanted, inputs.links)
            )
    return fits


def _ways(offer: Offer, homes: list[tuple[float, float]]) -> NDArray[np.float64]:
    """[homes + 1 × hosts] kilometres; the last row, of an unknown home, is NaN."""
    ways = np.full((len(homes) + 1, len(offer.hosts)), np.nan)
    sites = {
        int(host): (post["longitude"], post["latitude"])
        for host, post in zip(offer.host_of, offer.posts, strict=True)
    }
    for place, home in enumerate(homes):
        for host, site in sites.items():
            found = kilometres(home, site)
            ways[place, host] = np.nan if found is None else found
    return ways


def _given(inputs: Inputs, wishes: Wishes, host: NDArray[np.int32]) -> NDArray[np.float64]:
    given = np.full(len(host), np.nan)
    if inputs.host_scores:
        for at, (student, place) in enumerate(
            zip(wishes.student.tolist(), host.tolist(), strict=True)
        ):
            score = inputs.host_scores.get(
                (inputs.students[student]["id"], inputs.offer.hosts[place])
            )
            if score is not None:
                given[at] = score
    return given


def _home(student: Mapping[str, Any]) -> tuple[float, float] | None:
    return None if student["longitude"] is None else (student["longitude"], student["latitude"])
