"""Filings' rows of the policy table."""

POLICY = {
    "filing.read": frozenset({"coordinator", "hr", "secretary", "authority"}),
    "filing.record": frozenset({"coordinator", "hr", "secretary", "authority"}),
    "filing.confirm": frozenset({"coordinator", "authority"}),
}
