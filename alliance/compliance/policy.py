"""Compliance's rows of the policy table."""

from alliance.kit.policy import EVERYONE

POLICY = {
    "compliance.board": frozenset({"coordinator", "hr", "secretary", "authority", "planner"}),
    "rules.read": EVERYONE,
}
