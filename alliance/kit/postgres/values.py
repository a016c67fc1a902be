"""The values of one statement, each given where the statement names it, so that nobody counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from piccolo.query.methods.delete import Delete
from piccolo.query.methods.insert import Insert
from piccolo.query.methods.update import Update
from piccolo.table import Table

Change = Update[Any] | Delete
"""An update or delete said in the columns of its table."""


class Values:
    """Values in the order in which a statement names them.

    >>> given = Values()
    >>> f"select 1 from post where state = {given('draft')} and title ilike {given('%x%')}"
    'select 1 from post where state = $1 and title ilike $2'
    >>> given.all
    ['draft', '%x%']
    """

    def __init__(self, *first: object) -> None:
        # of a text that is written once and names its own places
        self.all: list[object] = list(first)

    def __call__(self, value: object) -> str:
        """Add a value; returns its place."""
        self.all.append(value)
        return f"${len(self.all)}"

    def sets(self, columns: Mapping[str, object]) -> str:
        """Add the value of each column; returns what stands behind `set`.

        >>> Values().sets({"state": "done", "total": 3})
        'state = $1, total = $2'
        """
        return ", ".join(f"{column} = {self(value)}" for column, value in columns.items())


def compiled(change: Change) -> tuple[str, Sequence[object]]:
    """The statement and values of a change. Raises UpdateError or DeletionError for one without a
    condition."""
    validate: Callable[[], None] = change._validate
    validate()
    (querystring,) = change.querystrings
    return querystring.compile_string()


def inserting(rows: Sequence[Table]) -> tuple[str, Sequence[object]]:
    """The statement and values that add rows to their table, without reading anything back."""
    (querystring,) = Insert(type(rows[0]), *rows).querystrings
    return querystring.compile_string()
