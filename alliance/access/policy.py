"""The access log's rows of the policy table."""

_STAFF = frozenset({"coordinator", "instructor", "hr", "mentor", "authority"})

POLICY = {
    "access.read": _STAFF,
    "access.purpose": _STAFF,
    "access.approve": _STAFF,
    "access.appoint": frozenset({"coordinator", "hr", "authority"}),
}
"""Who sees which entries, and who approves, is a matter of the person: row security asks whether
they answer for the data."""
