"""The levels at which a run forecasts, and how a series is named."""

from __future__ import annotations

from typing import Any

from alliance.advertisements.naming import NOT_GIVEN, UNKNOWN
from alliance.kit.language import N_, _, language

LEVELS = {
    "total": N_("Whole county"),
    "occupation": N_("Occupation"),
    "industry": N_("Industry"),
    "town": N_("Town"),
    "cell": N_("Occupation in an industry"),
    "skill": N_("Skill"),
    "use": N_("Skill in an occupation"),
}
"""Level of a series → its name."""


def name_of(row: dict[str, Any]) -> str:
    """What a series is called in the reader's language, by those of `panels.NAMES` that it has; the
    county has none."""
    # a skill is told before the occupation that wants it
    parts = [
        str(
            row[f"{part}_{language()}"]
            or (_(NOT_GIVEN[part]) if row[part] == UNKNOWN else row[part])
        )
        for part in ("skill", "occupation", "industry", "town")
        if row.get(part) is not None
    ]
    return " · ".join(parts) or _("Whole county")
