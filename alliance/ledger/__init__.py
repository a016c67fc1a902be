"""Interns per post, host and day over all schools: the one answer to "how full is it".

What always holds: the ledger follows placements by trigger; nobody writes it by hand.
"""
