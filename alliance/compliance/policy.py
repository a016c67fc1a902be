"""Compliance's rows of the policy table."""

from alliance.kit.policy import EVERYONE

POLICY = {
    "evidence.inspect": frozenset({"authority"}),
    "evidence.read": EVERYONE,
    "evidence.withdraw": frozenset({"coordinator", "hr", "secretary", "authority"}),
    "compliance.board": frozenset({"coordinator", "hr", "secretary", "authority", "planner"}),
    "rules.read": EVERYONE,
    "filing.read": frozenset({"coordinator", "hr", "secretary", "authority"}),
    "filing.record": frozenset({"coordinator", "hr", "secretary", "authority"}),
}
