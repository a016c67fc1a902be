"""How the parts of a series are named, and what is not given; pure."""

from __future__ import annotations

from typing import Final

from alliance.kit.language import N_

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
