"""How pages of demand are headed and paged."""

from __future__ import annotations

from typing import Final

from alliance.kit.language import _
from alliance.kit.web.pages import Crumb

PAGE: Final = 25
"""Rows of a page of a list."""
MOST_EXPORTED: Final = 100_000
"""Rows of an exported table."""


def crumbs(*more: Crumb) -> list[Crumb]:
    """The path of a page of demand."""
    return [(_("Demand"), "/demand"), *more]
