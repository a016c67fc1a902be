"""Orientation visits' rows of the policy table."""

POLICY = {
    "visit.list": frozenset({"coordinator", "instructor", "hr", "mentor"}),
    "visit.read": frozenset(
        {
            "coordinator",
            "instructor",
            "hr",
            "mentor",
            "student",
            "guardian",
            "authority",
            "secretary",
            "planner",
        }
    ),
    "visit.edit": frozenset({"coordinator"}),
}
