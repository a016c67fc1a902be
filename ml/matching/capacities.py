"""Capacities and posts of a round, as the files of the commands have them."""

from __future__ import annotations

from pathlib import Path

from ml.rows import Faults, is_new, rows_of, whole_number


def read_capacities(path: Path, column: str, faults: Faults) -> dict[str, int]:
    """Name → places of a file with the columns `column` and `capacity`."""
    found: dict[str, int] = {}
    for line, (name, capacity) in rows_of(path, (column, "capacity"), faults):
        places = whole_number(path, line, "capacity", capacity, faults)
        if is_new(path, line, column, name, found, faults):
            found[name] = places or 0
    return found


def read_posts(path: Path, hosts: dict[str, int], faults: Faults) -> dict[str, tuple[str, int]]:
    """Post → (host, places)."""
    found: dict[str, tuple[str, int]] = {}
    for line, (name, host, capacity) in rows_of(path, ("post", "host", "capacity"), faults):
        places = whole_number(path, line, "capacity", capacity, faults)
        if host not in hosts:
            faults.add(path, line, "host", f"unknown host {host!r}")
        if " " in name:
            faults.add(path, line, "post", f"{name!r} has a space, which separates posts in lists")
        if is_new(path, line, "post", name, found, faults):
            found[name] = (host, places or 0)
    return found
