"""Interns per post, host and day over all schools.

What always holds: the ledger follows placements by trigger; nobody writes it by hand.
"""
