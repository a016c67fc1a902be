"""Programmes' rows of the policy table."""

POLICY = {
    "class.list": frozenset({"coordinator", "instructor"}),
    "class.manage": frozenset({"coordinator"}),
    "student.read": frozenset({"coordinator", "instructor"}),
    "student.identity": frozenset({"coordinator"}),
    "student.edit": frozenset({"coordinator"}),
    "care.own": frozenset({"student"}),
    "care.children": frozenset({"guardian"}),
    "import.roster": frozenset({"coordinator"}),
}
