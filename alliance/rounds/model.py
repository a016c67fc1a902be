"""States of a round, steps of a run, lists of preferences: pure facts and functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from alliance.kit.asking.ids import PostId
from alliance.kit.language import N_
from alliance.kit.states import Transition

ROUND_STATES: Final = {
    "draft": N_("Preparing"),
    "open": N_("Preferences open"),
    "closed": N_("Running and deciding"),
    "published": N_("Published"),
}


ROUND_TRANSITIONS: Final = (
    Transition("open", "draft", "open", "coordinator"),
    Transition("close", "open", "closed", "coordinator"),
    Transition("reopen", "closed", "open", "coordinator"),
    Transition("publish", "closed", "published", "coordinator", gate="round.publish"),
)
"""The life of a round."""

RUN_STEPS: Final = {
    "waiting": N_("Waiting for the worker"),
    "freeze": N_("Freeze inputs"),
    "match": N_("Check the rules and match"),
    "explain": N_("Reasons, student by student"),
    "finished": N_("Finished"),
}


def closing(row: Mapping[str, Any]) -> datetime:
    """When the lists of a round really closed, or close: before the announced moment where the
    school closed them earlier."""
    announced: datetime = row["preferences_close"]
    early = row["closed"] is not None and row["state"] in ("closed", "published")
    return min(row["closed"], announced) if early else announced


Move = Literal["up", "down", "add", "remove"]


def moved(posts: Sequence[UUID], post: PostId, move: Move) -> list[UUID]:
    """The list after one press of a button; a press that makes no sense leaves the list as it is.

    >>> a, b = UUID(int=1), UUID(int=2)
    >>> moved([a, b], b, "up") == [b, a]
    True
    """
    changed = list(posts)
    if move == "add":
        return changed if post in changed else [*changed, post]
    if post not in changed:
        return changed
    at = changed.index(post)
    if move == "remove":
        del changed[at]
    else:
        to = at - 1 if move == "up" else at + 1
        if 0 <= to < len(changed):
            changed[at], changed[to] = changed[to], changed[at]
    return changed


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one post on a student's list."""

    post: UUID
    rank: int
    became: Literal["taken", "full", "barred", "unused", "refused", "shut"]
    own: float | None = None
    """The student's score at the host, 0 to 100."""
    cutoff: float | None = None
    """The lowest score that got a place there; only for a full one."""
    level: Literal["post", "host", "kind"] | None = None
    """Whose cap was full: of the post, of the enterprise, of all posts of this kind of work."""
    tie: bool = False
    """Equal scores: the lottery decided."""
    floor: bool = False
    """Students with lower scores hold the places, because they kept those of an earlier run."""
    limited: bool = False
    """A post that is shut because the coordinator lets the round bring nobody there, not for the
    size of its group."""
    given: int = 0
    """Places at a full post that the coordinator's decisions gave to others."""
    cut: bool = False
    """A full post that has fewer places now than when the run was made."""
    others: bool = False
    """A full post at which interns of other schools took places after the matching ran."""
    freed: bool = False
    """A full post at which a place fell free after the run, by a decision for somebody else."""
    closed: bool = False
    """A post that is shut because its enterprise closed or paused it."""
    untried: bool = False
    """The list was not gone through so far: the student left, or the coordinator keeps another
    place or none."""
    rules: tuple[str, ...] = ()
    """The rules that exclude the pair."""


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a student got this post, or none."""

    outcome: Literal[
        "placed", "full", "barred", "shut", "refused", "no_list", "decided", "withdrawn", "kept"
    ]
    choices: tuple[Choice, ...] = ()
    parts: dict[str, float] = {}
    """Points by criterion at the host of the result; they add up to the score."""
    score: float | None = None
    note: str = ""
    """The coordinator's words, when the coordinator decided otherwise."""
