"""What the things are that filings, evidence and judgements name by kind and id: each kind is told
by the room that knows it best.

A room declares its kinds in `Room.subjects`. Nobody asks a kind that no room declares for more than
nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from alliance.kit.actors import Actor

MOST_CHOICES: Final = 200


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One thing as far as its reader sees it."""

    id: UUID
    title: str = ""
    host: UUID | None = None
    host_name: str = ""
    pseudonym: str = ""
    starts: date | None = None
    ends: date | None = None
    post: UUID | None = None
    """Of work: the post, and whose placement there it is."""
    student: UUID | None = None
    placement: UUID | None = None
    school: UUID | None = None
    of: UUID | None = None
    """Of work: what it is the work of, the thing that was asked about."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to choose from a list."""

    id: UUID
    label: str
    note: str
    host: UUID | None


async def _no_choices(
    _actor: Actor, _only: UUID | None, _pattern: str, _most: int
) -> Sequence[Choice]:
    return ()


async def _no_work(_subjects: Collection[UUID]) -> Sequence[Subject]:
    return ()


async def _no_students(_subjects: Collection[UUID]) -> Mapping[UUID, UUID]:
    return {}


async def _nothing_about(_student: UUID) -> Sequence[UUID]:
    return ()


async def _never_ended(_subject: UUID) -> date | None:
    return None


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What a room tells of its things, each in the open transaction and with its eyes."""

    describe: Callable[[Collection[UUID]], Awaitable[Sequence[Subject]]] | None = None
    """Ids → those of them that are visible."""
    choices: Callable[[Actor, UUID | None, str, int], Awaitable[Sequence[Choice]]] = _no_choices
    """(actor, only this one, pattern for `ilike`, how many) → what the actor may choose."""
    works: Callable[[Collection[UUID]], Awaitable[Sequence[Subject]]] = _no_work
    """Ids → the work that each is about (`of`): posts, or placements."""
    students: Callable[[Collection[UUID]], Awaitable[Mapping[UUID, UUID]]] = _no_students
    """Ids → the student whom each is about; asked with the hub's eyes."""
    about: Callable[[UUID], Awaitable[Sequence[UUID]]] = _nothing_about
    """Student → the ids of this kind that are about them; asked with the hub's eyes."""
    ended: Callable[[UUID], Awaitable[date | None]] = _never_ended
    """Id → the last day on which the reader could read it, where that right has ended."""


_NOTHING: Final = Kind()
_wired: Mapping[str, Kind] = {}


def wire(kinds: Mapping[str, Kind]) -> None:
    """Make these the kinds of the process."""
    global _wired
    _wired = kinds


async def describe(named: Collection[tuple[str, UUID]]) -> dict[UUID, Subject]:
    """Id → what it is, of these (kind, id) as far as they are visible."""
    found: dict[UUID, Subject] = {}
    for kind, ids in _by_kind(named).items():
        if (tell := _wired.get(kind, _NOTHING).describe) is not None:
            found |= {subject.id: subject for subject in await tell(ids)}
    return found


async def choices(
    actor: Actor, kind: str, only: UUID | None = None, pattern: str = "%%"
) -> Sequence[Choice]:
    """What the actor may choose of a kind, at most `MOST_CHOICES`."""
    return await _wired[kind].choices(actor, only, pattern, MOST_CHOICES)


async def works(named: Collection[tuple[str, UUID]]) -> dict[UUID, list[Subject]]:
    """Id → the posts or placements that it is about, with their days, of these (kind, id)."""
    found: dict[UUID, list[Subject]] = {subject: [] for _kind, subject in named}
    for kind, ids in _by_kind(named).items():
        for work in await _wired[kind].works(ids):
            if work.of is not None:
                found[work.of].append(work)
    return found


async def students(named: Collection[tuple[str, UUID]]) -> dict[UUID, UUID]:
    """Id → the student whom it is about, of those (kind, id) that are about one; asked with the
    hub's eyes."""
    found: dict[UUID, UUID] = {}
    for kind, ids in _by_kind(named).items():
        found |= await _wired.get(kind, _NOTHING).students(ids)
    return found


async def about(student: UUID) -> set[UUID]:
    """The ids of everything that is about a student, their own too; asked with the hub's eyes."""
    return {one for kind in _wired.values() for one in await kind.about(student)}


async def ended(kind: str, subject: UUID) -> date | None:
    """The last day on which the reader could read something, where that right has ended."""
    return await _wired.get(kind, _NOTHING).ended(subject)


def _by_kind(named: Collection[tuple[str, UUID]]) -> dict[str, list[UUID]]:
    kinds: dict[str, list[UUID]] = {}
    for kind, subject in named:
        kinds.setdefault(kind, []).append(subject)
    return kinds
