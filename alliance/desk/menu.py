"""The menu of each role, as data."""

from __future__ import annotations

from typing import Any

from alliance.kit.actors import Actor


def menu_of(actor: Actor, path: str) -> list[dict[str, Any]]:
    """The groups and items that this actor may open."""
    return []
