"""The desk's rows of the policy table."""

from alliance.kit.policy import EVERYONE

POLICY = {
    "home": EVERYONE,
    "search": frozenset(
        {
            "secretary",
            "authority",
            "coordinator",
            "instructor",
            "planner",
            "hr",
            "mentor",
            "researcher",
            "assessor",
        }
    ),
}
