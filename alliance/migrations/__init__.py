"""What made the database what it is, in order; each file is one step and is never changed.

A step's file is named `m<number>_<what>.py` and its `ID` is that number: one number, one step. Functions, row security and
triggers are no steps: they stand as they are now in each room's `schema.sql`, which `alliance.kit.schema` applies afterwards.
"""

from __future__ import annotations

from pathlib import Path


def newest_migration() -> str:
    """The id of the newest migration that this version of the hub knows, as the table `migration` has it."""
    return max(path.name for path in Path(__file__).parent.glob("m[0-9]*.py"))[1:5]
