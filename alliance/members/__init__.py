"""Organisations of the alliance, the people in them, and how they sign in.

Words: an *organisation* (成员单位) has a *kind*; an *account* is one person's way in; a *role
grant* says in which role of which organisation the account may act. What always holds: a role fits
its organisation's kind; personal values are ciphertext under the person's key; a one-time link
works once and only its fingerprint is kept.
"""
