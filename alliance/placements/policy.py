"""Placements' rows of the policy table."""

POLICY = {
    "round.list": frozenset({"coordinator", "instructor", "planner", "authority", "secretary"}),
    "round.manage": frozenset({"coordinator"}),
    "round.students": frozenset({"coordinator", "instructor"}),
    "preference.own": frozenset({"student"}),
    "preference.read": frozenset({"student", "guardian"}),
    "candidate.score": frozenset({"hr"}),
    "intern.list": frozenset({"hr", "mentor"}),
    "placement.list": frozenset({"coordinator", "instructor"}),
    "placement.file": frozenset({"coordinator", "instructor", "hr", "mentor", "student", "guardian"}),
    "placement.fill": frozenset({"coordinator", "hr"}),
    "placement.move": frozenset({"coordinator"}),
    "placement.own": frozenset({"student", "guardian"}),
}
