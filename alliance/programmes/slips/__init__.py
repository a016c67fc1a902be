"""Slips: how students and their guardians get into the hub, the first time and again.

A slip is a one-time link on paper, with a code that a phone reads. Only the link's fingerprint is
kept, so that a slip is printed again by making a new link, which ends the older one. A guardian is
one person with one account, however many children they have at the school: the name and phone of
the class list tell who is the same (`Guardianship.mark`).
"""
