"""Privacy's rows of the policy table."""

from alliance.kit.policy import EVERYONE

POLICY = {
    "data.own": EVERYONE,
    "data.register": frozenset(
        {"secretary", "authority", "coordinator", "instructor", "planner", "hr", "mentor", "researcher", "assessor"}
    ),
}
