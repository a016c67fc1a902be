"""Filings (备案) and overrides that lift a rule, and who confirmed them.

Words: a *filing* of a school or host and an *override* of the authority are *entered* by whoever
needs them, with their document, and lift the one rule, or the one fact that breaks it (F03.nights),
that they name, for the subject and days they name. What always holds: it lifts nothing before the
authority, or for some rules a second person of the school, has *confirmed* it; it is revoked, never
changed; the document of one in force stays (triggers).
"""
