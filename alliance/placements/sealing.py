"""The words of a placement file under the student's key: in the table, in the trail, and nowhere in
plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from alliance.kit.keys.secrets import Keyring
from alliance.placements.facts import plan_of

TEXTS: Final = ("agreement_text", "insurer", "policy", "trained_by")
"""Columns with words or numbers about one student; the database refuses them in plain text. `plan`
holds texts by code."""


def seal_values(ring: Keyring, values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a file as they are stored. Raises Refusal for an erased student."""
    sealed: dict[str, Any] = {
        name: ring.cover(value or "") if name in TEXTS else value for name, value in values.items()
    }
    if "plan" in sealed:
        sealed["plan"] = {code: ring.cover(text) for code, text in (sealed["plan"] or {}).items()}
    return sealed


def opened(ring: Keyring, row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row with its words readable and the plan by code."""
    words = {name: ring.uncover(row[name]) for name in TEXTS}
    return {
        **row,
        **words,
        "plan": {code: ring.uncover(text) for code, text in plan_of(row).items()},
    }
