"""The hub's one clock, which tests freeze; nothing else asks the system for the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

from alliance.kit.language import COUNTY_TIME

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The county's calendar day."""
    return now().astimezone(COUNTY_TIME).date()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Inside, the time stands still at `moment` (aware)."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
