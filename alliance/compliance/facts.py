"""Facts for the gates: domains register who can tell each group, gates ask for the groups that
their rules read.

    facts = await collect("placement.propose", subjects, given={"occupancy": occupancies})

A provider takes subjects and answers one struct (or None: not known) for each, in the caller's
transaction and with the caller's eyes. Groups that nobody tells stay None, and rules over them say
that they cannot be judged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import ContextVar
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from alliance.regulation import GROUPS, Facts, PostFacts, groups_of


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What one passage of a gate is about, by ids; days are the first and last of what is
    judged."""

    host: UUID
    post: UUID | None = None
    student: UUID | None = None
    placement: UUID | None = None
    visit: UUID | None = None
    school: UUID | None = None
    starts: date | None = None
    ends: date | None = None
    began: date | None = None
    """The real first day, where `starts` is the first of the days that are left: filings are made
    before it."""


Group = Any
"""One of the structs of `regulation.GROUPS`, or None."""
Provider = Callable[[Sequence[Subject]], Awaitable[Sequence[Group]]]

Answer = TypeVar("Answer")

_wired: dict[str, list[Provider]] = {}
_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("known", default=None)


def wire(declared: Sequence[Mapping[str, Provider]]) -> None:
    """Make these the process's providers, by name of the group; where two rooms tell one, each of
    its own subjects. Raises ValueError for a group that no rule knows."""
    _wired.clear()
    for providers in declared:
        if strange := providers.keys() - GROUPS.keys():
            raise ValueError(f"no rule reads {sorted(strange)}")
        for name, provider in providers.items():
            _wired.setdefault(name, []).append(provider)


def told(*names: str) -> bool:
    """Whether somebody tells all of these groups in this process."""
    return set(names) <= _wired.keys()


async def once(question: Hashable, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer to what several providers ask: one collection of facts asks it once."""
    known = _known.get()
    if known is None:
        return await ask()
    if question not in known:
        known[question] = await ask()
    answer: Answer = known[question]
    return answer


async def collect(
    transition: str, subjects: Sequence[Subject], given: Mapping[str, Sequence[Group]] | None = None
) -> list[Facts]:
    """One `Facts` per subject with every group that the gate's rules read; `given` groups are taken
    as they are.

    Raises LookupError when the host of a subject is not visible.
    """
    return await collect_groups(groups_of(transition), subjects, given)


async def collect_groups(
    names: frozenset[str],
    subjects: Sequence[Subject],
    given: Mapping[str, Sequence[Group]] | None = None,
) -> list[Facts]:
    """One `Facts` per subject with these groups, the host and the post."""
    groups: dict[str, Sequence[Group]] = dict(given or {})
    token = _known.set({})
    try:
        for name in sorted(names | {"host", "post"}):
            if name not in groups and name in _wired:
                groups[name] = await _tell(name, subjects)
    finally:
        _known.reset(token)
    told = [{name: values[at] for name, values in groups.items()} for at in range(len(subjects))]
    return [_facts(subject, groups) for subject, groups in zip(subjects, told, strict=True)]


async def _tell(name: str, subjects: Sequence[Subject]) -> Sequence[Group]:
    """What the first provider that knows a subject tells of it."""
    first, *others = _wired[name]
    told = await first(subjects)
    for provider in others:
        more = await provider(subjects)
        told = [a if a is not None else b for a, b in zip(told, more, strict=True)]
    return told


def _facts(subject: Subject, groups: dict[str, Group]) -> Facts:
    if groups["host"] is None:
        raise LookupError(f"host {subject.host} is not visible")
    if groups.get("post") is None:
        groups["post"] = without_post(subject)
    return Facts(**groups)


def without_post(subject: Subject) -> PostFacts:
    """Facts of what has days and a host and no post: a host in use, a visit."""
    return PostFacts(
        post="",
        host=str(subject.host),
        kind="internship",
        starts=subject.starts,
        ends=subject.ends,
        wanted_specialties=(),
        staff_same_type=None,
        hours_per_day=0.0,
        days_per_week=0,
        shift="day",
    )
