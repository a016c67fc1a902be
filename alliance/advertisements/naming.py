"""How what is not given is named, and how pages of demand are headed and paged."""

from __future__ import annotations

from typing import Final

from alliance.kit.language import N_, _
from alliance.kit.web.pages import Crumb

NOT_GIVEN = {
    "occupation": N_("occupation not given"),
    "industry": N_("industry not given"),
    "town": N_("town not given"),
}
"""Part of a series that is not known → its name."""


UNKNOWN: Final = "-"
"""The group of what has no occupation or no industry; never empty, so that files can tell it from a
missing cell."""


NAMES: Final = ("occupation", "industry", "town", "skill")
"""What a series may be of."""


PAGE: Final = 25
"""Rows of a page of a list."""
MOST_EXPORTED: Final = 100_000
"""Rows of an exported table."""


def crumbs(*more: Crumb) -> list[Crumb]:
    """The path of a page of demand."""
    return [(_("Demand"), "/demand"), *more]
