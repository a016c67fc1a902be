"""Members' rows of the policy table."""

from alliance.kit.policy import EVERYONE

POLICY = {
    "account.own": EVERYONE,
    "account.manage": frozenset({"secretary", "coordinator", "hr"}),
    "account.confirm": frozenset({"secretary", "authority", "coordinator", "hr"}),
    "organisation.list": frozenset(
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
    "organisation.register": frozenset({"secretary"}),
    "organisation.edit": frozenset({"secretary", "coordinator", "hr"}),
}
