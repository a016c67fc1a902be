"""Rounds' rows of the policy table."""

POLICY = {
    "round.list": frozenset({"coordinator", "instructor", "planner", "authority", "secretary"}),
    "round.manage": frozenset({"coordinator"}),
    "round.students": frozenset({"coordinator", "instructor"}),
    "preference.own": frozenset({"student"}),
    "preference.read": frozenset({"student", "guardian"}),
    "candidate.score": frozenset({"hr"}),
}
