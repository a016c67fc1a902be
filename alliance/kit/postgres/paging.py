"""The order of a list and where a page of it begins, as SQL.

A list that can grow past ten thousand rows is paged by its keys: a page begins behind the last row
of the one before (`Turn`), which an index finds at once and which stays right while rows come in.
Any other list is paged by counting (`limit`, `offset`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec

from alliance.kit.postgres.values import Values

Row = TypeVar("Row")

FIRST: Final = ""
LAST: Final = "last"
_READ: Final[Mapping[str, type[Any]]] = {
    "timestamptz": datetime,
    "date": date,
    "bigint": int,
    "int": int,
    "text": str,
    "uuid": UUID,
}
"""Types of PostgreSQL that keys have, and what their values are here."""


def ordered(sorts: Mapping[str, str], sort: str, *, down: bool, then: str) -> str:
    """The order by the expression that `sort` names, rows without a value last, and `then` among
    equals; `then` alone where it names none."""
    key = sorts.get(sort)
    if key is None:
        return then
    direction = "desc" if down else "asc"
    return f"{key} {direction} nulls last, {then}"


class Key(msgspec.Struct, frozen=True):
    """A column by which pages follow each other: as a query names it, as its rows name it, and its
    type. It is never null."""

    sql: str
    name: str
    kind: str


class Turn(msgspec.Struct, frozen=True):
    """Which page of a list is asked for: the first, the last, or that behind or before a row."""

    values: tuple[Any, ...] = ()
    back: bool = False

    @property
    def last(self) -> bool:
        """Whether it is the last page that is asked for."""
        return self.back and not self.values


class Leaf(msgspec.Struct, Generic[Row], frozen=True):
    """A page of a list, and where the pages beside it begin; none where there is none."""

    rows: list[Row]
    newer: str | None
    older: str | None


class Order:
    """The keys by which a list is paged, all upward or all downward; the last of them is of one row
    only."""

    def __init__(self, *keys: Key, down: bool) -> None:
        self.keys = keys
        self.down = down

    def read(self, text: str) -> Turn:
        """The turn that an address names; the first page where it names none that was given.

        >>> by = Order(Key("at", "at", "date"), Key("id", "id", "bigint"), down=True)
        >>> by.read(by.behind({"at": date(2026, 9, 1), "id": 7})).values
        (datetime.date(2026, 9, 1), 7)
        >>> by.read("last").last, by.read("?").values
        (True, ())
        """
        if text == LAST:
            return Turn(back=True)
        if text[:1] not in ("a", "b"):
            return Turn()
        try:
            told = msgspec.json.decode(base64.urlsafe_b64decode(text[1:] + "=="), type=list[str])
            if len(told) != len(self.keys):
                return Turn()
            values = tuple(
                msgspec.convert(each, _READ[key.kind], strict=False)
                for each, key in zip(told, self.keys, strict=True)
            )
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            return Turn()
        return Turn(values, back=text[0] == "b")

    def behind(self, row: Any) -> str:
        """What an address says for the page that begins behind this row."""
        return "a" + self._told(row)

    def before(self, row: Any) -> str:
        """What an address says for the page that ends before this row."""
        return "b" + self._told(row)

    def _told(self, row: Any) -> str:
        values = [str(_of(row, key.name)) for key in self.keys]
        return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")

    def sql(self, turn: Turn, first: int) -> tuple[str, str, tuple[Any, ...]]:
        """Condition, order and values of a turn; its values are numbered from `first` on.

        One comparison of rows, so that an index over the keys finds where the page begins. A page
        that lies before a row is read backwards: `leaf` turns it round.
        """
        names = ", ".join(key.sql for key in self.keys)
        downward = self.down != turn.back
        order = ", ".join(f"{key.sql} {'desc' if downward else 'asc'}" for key in self.keys)
        if not turn.values:
            return "true", order, ()
        given = Values(*[None] * (first - 1))  # those before are the query's own
        told = [
            f"{given(one)}::{key.kind}" for one, key in zip(turn.values, self.keys, strict=True)
        ]
        return f"({names}) {'<' if downward else '>'} ({', '.join(told)})", order, turn.values

    def leaf(self, rows: Sequence[Row], turn: Turn, size: int) -> Leaf[Row]:
        """The page of what was read for a turn, one row more than it shows, so that it knows
        whether another follows."""
        shown, more = list(rows[:size]), len(rows) > size
        if turn.back:
            shown.reverse()
        begun = bool(turn.values) if not turn.back else more
        goes_on = more if not turn.back else bool(turn.values)
        if not shown:
            return Leaf([], None, None)
        return Leaf(
            shown,
            self.before(shown[0]) if begun else None,
            self.behind(shown[-1]) if goes_on else None,
        )


def _of(row: Any, name: str) -> Any:
    value = getattr(row, name) if isinstance(row, msgspec.Struct) else row[name]
    return value.isoformat() if isinstance(value, date) else value
