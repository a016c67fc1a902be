"""Privacy's rows of the policy table."""

from alliance.kit.policy import EVERYONE

POLICY = {
    "data.own": EVERYONE,
    "data.answer": frozenset({"coordinator", "hr", "secretary"}),
    "evidence.inspect": frozenset({"authority"}),
    "breach.read": frozenset({"coordinator", "hr", "secretary", "authority"}),
    "breach.write": frozenset({"coordinator", "hr"}),
    "retention.read": frozenset({"coordinator", "hr", "secretary", "authority"}),
    "report.read": frozenset({"coordinator", "secretary", "authority"}),
    "report.keep": frozenset({"coordinator"}),
    "assessment.read": frozenset({"coordinator", "hr", "secretary", "authority"}),
    "assessment.write": frozenset({"coordinator", "hr", "secretary"}),
    "data.register": frozenset(
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
