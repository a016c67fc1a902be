"""programmes: rows of the policy table."""

POLICY: dict[str, frozenset[str]] = {}
