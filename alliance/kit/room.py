"""A room of the hub declares itself: its routes, rows of the policy, tables, and what it tells
other rooms through registries.

A room never asks a later one. What it needs to know from there it asks through a registry that
later rooms fill, and what must set off work there is an event. `alliance.app.ROOMS` has them in the
order in which each may ask those before it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType, ModuleType
from typing import Any, Final, Literal

import msgspec
from litestar.types import ControllerRouterHandler

from alliance.kit.actors import Actor
from alliance.kit.asking.sections import Telling
from alliance.kit.asking.subjects import Kind
from alliance.kit.events import Subscriber
from alliance.kit.jobs import Work
from alliance.kit.problems import At

Asked = Callable[..., Awaitable[Any]]
"""What a registry asks; the module that asks says with what and for which answer."""
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})

Group = Literal["", "placement", "school", "demand", "planning", "supervision", "alliance"]
"""Heads of the menu; `desk.menu` has their order and words."""


class Item(msgspec.Struct, frozen=True):
    """A row of the menu, for every role that the policy allows the action."""

    group: Group
    place: int
    """Where it stands in its group: the lowest first."""
    label: str
    href: str
    action: str
    phone: bool = False
    """Whether it stands in the menu of students and guardians, or in that of everybody else."""


class Task(msgspec.Struct, kw_only=True):
    """One row of "waiting for me"; the count is that of the rows behind the link."""

    place: int
    """Where it stands among those of one day: the lowest first."""
    count: int
    what: str
    why: str
    verb: str
    href: str
    due: datetime | date | None = None
    stop: bool = False


class Figure(msgspec.Struct, kw_only=True):
    """One count over all schools and enterprises, without any name."""

    label: str
    value: int
    note: str
    href: str | None = None


Waiting = Callable[[Actor], Awaitable[list[Task]]]
Counted = Callable[[Actor], Awaitable[list[Figure]]]


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What one room brings; everything but the name may be left out."""

    name: str
    routes: Sequence[ControllerRouterHandler] = ()
    policy: Mapping[str, frozenset[str]] = _NONE
    """Action → roles that may do it."""
    tables: Sequence[ModuleType] = ()
    """Modules of tables, in the order in which their folders' `schema.sql` are applied."""
    constraints: Mapping[str, str | At] = _NONE
    """Constraint → the sentence that who broke it reads."""
    providers: Mapping[str, Asked] = _NONE
    """Group of facts → who tells it to gates (`compliance.facts`)."""
    watchers: Mapping[str, Asked] = _NONE
    """What goes on here and is judged again as time passes (`compliance.watch`)."""
    sections: Sequence[Telling] = ()
    """What this room tells of a student in their own file (`kit.asking.sections`)."""
    holders: Mapping[str, Asked] = _NONE
    """Kind of thing → who says that this room still needs one (`kit.asking.holders`)."""
    needs: Mapping[str, Asked] = _NONE
    """Kind of thing → which organisations count on one here (`kit.asking.needs`)."""
    subjects: Mapping[str, Kind] = _NONE
    """Kind of thing → what this room tells of it (`kit.asking.subjects`)."""
    keeps: Mapping[str, Asked] = _NONE
    """Who has a duty to keep somebody until a day (`members.erasing`)."""
    forgets: Mapping[str, Asked] = _NONE
    """Who empties what it holds about a person (`members.erasing`)."""
    tasks: Mapping[str, Sequence[Waiting]] = _NONE
    """Role, or `*` for every one → who tells what waits here for somebody in it (`desk.tasks`)."""
    figures: Counted | None = None
    """The county's counts that this room keeps, for home pages."""
    menu: Sequence[Item] = ()
    jobs: Mapping[str, Work] = _NONE
    """Job → what the worker does."""
    times: Mapping[str, str] = _NONE
    """Job that starts by itself → cron in UTC."""
    subscribes: Mapping[str, Mapping[str, Subscriber]] = _NONE
    """Event → subscriber's name → what it does then."""


def merged(rooms: Sequence[Room], field: str) -> dict[str, Any]:
    """One mapping of a field of all rooms, in their order. Raises ValueError where two rooms
    declare the same name."""
    whole: dict[str, Any] = {}
    for room in rooms:
        part: Mapping[str, Any] = getattr(room, field)
        if twice := whole.keys() & part.keys():
            raise ValueError(f"{field} declared twice: {sorted(twice)}")
        whole.update(part)
    return whole
