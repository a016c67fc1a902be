"""What pages are called in the log of readings."""

from __future__ import annotations

from typing import Final

from alliance.kit.language import N_, _

PAGES: Final = {
    "/accounts": N_("Accounts"),
    "/candidates": N_("Candidates"),
    "/classes": N_("Classes and students"),
    "/compliance": N_("Compliance board"),
    "/evidence": N_("File"),
    "/filings": N_("Filings"),
    "/imports": N_("Imports"),
    "/interns": N_("Interns"),
    "/my-data": N_("My data"),
    "/my-guardians": N_("My guardians"),
    "/placement": N_("My placement file"),
    "/placements": N_("Placements"),
    "/preferences": N_("Wishes"),
    "/privacy": N_("Requests about data"),
    "/privacy/breaches": N_("Breaches and exercises"),
    "/privacy/restrictions": N_("Restrictions in force"),
    "/privacy/retention": N_("Retention"),
    "/rounds": N_("Placement rounds"),
    "/school-file": N_("School file"),
    "/students": N_("Student"),
    "/visits": N_("Cognitive visits"),
}
"""Beginning of an address → what is there."""


def page_words(path: str) -> str:
    """What the page at an address is called; empty for one without words, and for the hub's own
    work.

    >>> from alliance.kit.language import speaking
    >>> with speaking("en"): page_words("/privacy/breaches/7/letters"), page_words("/else")
    ('Breaches and exercises', '')
    """
    parts = path.split("/")
    for length in (3, 2):
        if (words := PAGES.get("/".join(parts[:length]))) is not None:
            return _(words)
    return ""
