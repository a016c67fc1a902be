"""Evidence's rows of the policy table."""

from alliance.kit.policy import EVERYONE

POLICY = {
    "evidence.read": EVERYONE,
    "evidence.withdraw": frozenset({"coordinator", "hr", "secretary", "authority"}),
}
