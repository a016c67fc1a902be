"""What made the database what it is, in order; each file is one step and is never changed.

A step's file is named `m<number>_<what>.py` and its `ID` is that number: one number, one step. Functions, row security and
triggers are no steps: they stand as they are now in each room's `schema.sql`, which `alliance.kit.postgres.schema` applies afterwards.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

SCHEMA: Final = 28
"""Grows with every change of a `schema.sql`, so that a hub of before does not put its own back; a test says when."""


@cache
def known_migrations() -> frozenset[str]:
    """The steps of this version of the hub, by their ids, as the table `migration` has them."""
    return frozenset(path.name[1:5] for path in Path(__file__).parent.glob("m[0-9]*.py"))


def newest_migration() -> str:
    """The id of the newest step that this version knows."""
    return max(known_migrations())
