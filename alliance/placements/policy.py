"""Placements' rows of the policy table."""

POLICY = {
    "intern.list": frozenset({"hr", "mentor"}),
    "file.list": frozenset({"coordinator", "instructor"}),
    "file.read": frozenset({"coordinator", "instructor", "hr", "mentor"}),
    "file.write": frozenset({"coordinator", "hr"}),
    "file.move": frozenset({"coordinator"}),
    "file.arrange": frozenset({"coordinator"}),
    "file.own": frozenset({"student", "guardian"}),
}
