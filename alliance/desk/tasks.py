"""What waits for one person today, told by the rooms, and the county's counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from alliance.kit import clock
from alliance.kit.actors import Actor
from alliance.kit.engine import DB
from alliance.kit.language import COUNTY_TIME, _, day_short
from alliance.kit.language import clock as clock_time
from alliance.kit.policy import EVERYONE
from alliance.kit.room import Counted, Figure, Task, Waiting

_waiting: list[Mapping[str, Sequence[Waiting]]] = []
_counted: list[Counted] = []


def wire(waiting: Sequence[Mapping[str, Sequence[Waiting]]], counted: Sequence[Counted]) -> None:
    """Take what the rooms declare, in their order."""
    _waiting[:], _counted[:] = waiting, counted


async def tasks(actor: Actor) -> list[Task]:
    """What waits for the actor, the nearest due first, each day's by their places; tasks without a
    count are left out."""
    async with DB.reading(actor):
        found = [
            task
            for told in _waiting
            for role in (actor.role, *EVERYONE)
            for asked in told.get(role, ())
            for task in await asked(actor)
            if task.count
        ]
    return sorted(
        found,
        key=lambda task: (task.due is None, _day(task.due) if task.due else date.max, task.place),
    )


async def figures(actor: Actor) -> list[Figure]:
    """Counts over all schools and enterprises, in the order of the rooms."""
    async with DB.reading(actor):
        return [figure for counted in _counted for figure in await counted(actor)]


def due_words(due: datetime | date | None) -> tuple[str, bool]:
    """(words, whether it is due today): today with its clock time, another day with its date."""
    if due is None:
        return _("no deadline"), False
    when = _day(due)
    if when <= clock.today():
        time = f" {clock_time(due)}" if isinstance(due, datetime) else ""
        return (
            _("today") if when == clock.today() else _("overdue since %(day)s", day=day_short(when))
        ) + time, True
    return _("by %(day)s", day=day_short(when)), False


def _day(due: datetime | date) -> date:
    return due.astimezone(COUNTY_TIME).date() if isinstance(due, datetime) else due
