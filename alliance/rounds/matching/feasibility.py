"""Which student may go to which post of a round: facts read once, rules run over columns, caps from
the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from alliance.compliance.facts import Subject
from alliance.kit.asking.ids import PostId, StudentId
from alliance.kit.web.derived import Derived
from alliance.regulation import Columns, Facts, StudentFacts, pair_mask

_OF_POSTS = frozenset({"host", "post", "conditions", "host_file", "use"})
"""Groups of facts that are the same for every student of a school."""


Kind = tuple[UUID, str]
"""(host, occupation): a kind of work."""
_COLUMNS: Derived[Columns] = Derived(16)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The posts of a round with what the law leaves of each: capacities are the smallest over the
    days of the window."""

    posts: tuple[dict[str, Any], ...]
    position: Mapping[UUID, int]
    """Post id → position in `posts`."""
    hosts: tuple[UUID, ...]
    host_of: NDArray[np.int32]
    """[posts] position in `hosts`."""
    facts: tuple[Facts, ...]
    """[posts] what the rules ask about each, without a student."""
    lifted: tuple[frozenset[str], ...]
    """[posts] rules that filings lift there."""
    post_capacity: NDArray[np.int32]
    """[posts] head count minus the interns of the fullest day."""
    host_capacity: NDArray[np.int32]
    """[hosts] 10 % cap minus the interns of the fullest day; 0 where the staff count is unknown."""
    kinds: tuple[Kind, ...]
    """The kinds of work whose 20 % cap leaves less than their posts have together."""
    kind_of: NDArray[np.int32]
    """[posts] position in `kinds`, -1 where the posts themselves are the narrower cap."""
    kind_capacity: NDArray[np.int32]
    """[kinds] 20 % cap minus the interns of the fullest day."""

    def room(self, at: int) -> int:
        """Places that the post, its host and its kind of work leave at position `at`."""
        kind = self.kind_of[at]
        rooms = [self.post_capacity[at], self.host_capacity[self.host_of[at]]]
        return int(min([*rooms, self.kind_capacity[kind]] if kind >= 0 else rooms))


def subject_of(
    round_row: Mapping[str, Any], post: Mapping[str, Any], student: StudentId | None = None
) -> Subject:
    """A post of a round, for one student or for whoever comes, over the round's days."""
    return Subject(
        host=post["enterprise"],
        post=post["id"],
        student=student,
        school=round_row["school"],
        starts=round_row["starts"],
        ends=round_row["ends"],
    )


def round_columns(offer: Offer, on_day: date) -> Columns:
    """The posts of a round as columns, for `rule_masks` over many blocks of students."""
    return Columns.pairs(
        [],
        [facts.post for facts in offer.facts],
        [facts.host for facts in offer.facts],
        on_day,
        conditions=[facts.conditions for facts in offer.facts],
        host_file=[facts.host_file for facts in offer.facts],
        use=[facts.use for facts in offer.facts],
    )


def _columns_again(offer: Offer, on_day: date) -> Columns:
    """As `round_columns`, the same for posts of which the same is known: one student after the
    other asks about them."""
    groups = ("post", "host", "conditions", "host_file", "use")
    told = tuple([getattr(facts, group) for facts in offer.facts] for group in groups)
    asked = on_day, tuple(facts.post.post for facts in offer.facts)
    return _COLUMNS.of(asked, told, lambda: round_columns(offer, on_day))


def rule_masks(
    students: Sequence[Mapping[str, Any]],
    offer: Offer,
    on_day: date,
    lifted: Sequence[frozenset[str]] = (),
    columns: Columns | None = None,
) -> NDArray[np.uint64]:
    """[students × posts] one bit per broken rule (`regulation.RULE_BITS`), judged by the law of a
    day.

    What filings for a post lift does not count there, nor for a student what filings for the
    student lift (`lifted`, one set a student). `columns` are the posts', when there are many blocks
    of students.
    """
    posts = _columns_again(offer, on_day) if columns is None else columns
    asked = posts.for_students([student_facts(row) for row in students])
    return pair_mask(asked, on_day, offer.lifted, lifted)


def student_facts(row: Mapping[str, Any]) -> StudentFacts:
    """What the rules ask about a student."""
    return StudentFacts(
        student=str(row["id"]),
        born=row["born"],
        entry_year=row["entry_year"],
        specialty=row["specialty"],
        sex=row["sex"],
    )


def pair_facts(offer: Offer, post: PostId, student: Mapping[str, Any]) -> Facts:
    """Facts of one student at one post of the round."""
    return msgspec.structs.replace(
        offer.facts[offer.position[post]], student=student_facts(student)
    )
