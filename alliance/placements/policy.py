"""Placements' rows of the policy table."""

POLICY = {
    "round.list": frozenset({"coordinator", "instructor", "planner", "authority", "secretary"}),
    "round.manage": frozenset({"coordinator"}),
    "round.students": frozenset({"coordinator", "instructor"}),
    "preference.own": frozenset({"student"}),
    "preference.read": frozenset({"student", "guardian"}),
    "candidate.score": frozenset({"hr"}),
    "intern.list": frozenset({"hr", "mentor"}),
    "file.list": frozenset({"coordinator", "instructor"}),
    "file.read": frozenset({"coordinator", "instructor", "hr", "mentor"}),
    "file.write": frozenset({"coordinator", "hr"}),
    "file.move": frozenset({"coordinator"}),
    "file.arrange": frozenset({"coordinator"}),
    "file.own": frozenset({"student", "guardian"}),
    "visit.list": frozenset({"coordinator", "instructor", "hr", "mentor"}),
    "visit.read": frozenset(
        {"coordinator", "instructor", "hr", "mentor", "student", "guardian", "authority", "secretary", "planner"}
    ),
    "visit.edit": frozenset({"coordinator"}),
}
