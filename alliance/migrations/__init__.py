"""Every change of the schema, one file each, named by its time."""

from __future__ import annotations

from pathlib import Path


def newest_migration() -> str:
    """The id of the newest migration that this version of the hub knows, as the table `migration` has it."""
    newest = max(Path(__file__).parent.glob("alliance_*.py")).read_text()
    return next(line for line in newest.splitlines() if line.startswith("ID = ")).split('"')[1]
