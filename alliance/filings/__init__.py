"""Filings (备案) and overrides that lift a rule, and who confirmed them.

Words: a *filing* of a school or host and an *override* of the authority lift only the rules they
name, for the subject and days they name. What always holds: a filing is revoked, never changed
(trigger).
"""
