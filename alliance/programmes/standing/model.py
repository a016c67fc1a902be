"""States of a student: pure facts.

Only who is enrolled is offered posts, placed and counted; what was is kept as a history.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from alliance.kit.language import N_

STATES: Final = {
    "enrolled": N_("enrolled"),
    "suspended": N_("studies suspended"),
    "left": N_("has left school"),
    "graduated": N_("has graduated"),
    "transferred": N_("transferred to another school"),
}
"""State → its name."""
PILLS: Final = {
    "enrolled": "ok",
    "suspended": "warn",
    "left": "lock",
    "graduated": "info",
    "transferred": "lock",
}
SPELLINGS: Final = {
    "enrolled": ("在籍", "在校", "在读", "正常", "复学", "enrolled"),
    "suspended": ("休学", "suspended"),
    "left": ("退学", "离校", "开除", "left"),
    "graduated": ("毕业", "已毕业", "结业", "graduated"),
    "transferred": ("转学", "转出", "transferred"),
}
"""State → how registers write it."""


def days_of_internship(entry_year: int, years: int) -> tuple[date, date]:
    """The days between which students of a class may begin a post internship: from the second year
    on, and before they graduate.

    >>> days_of_internship(2025, 3)
    (datetime.date(2026, 9, 1), datetime.date(2028, 6, 30))
    """
    return date(entry_year + 1, 9, 1), date(entry_year + years, 6, 30)
