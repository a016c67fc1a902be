"""Posts' rows of the policy table."""

POLICY = {
    "post.list": frozenset(
        {
            "hr",
            "mentor",
            "coordinator",
            "instructor",
            "planner",
            "authority",
            "secretary",
            "researcher",
            "assessor",
        }
    ),
    "post.edit": frozenset({"hr"}),
    "post.change": frozenset({"hr", "coordinator"}),
}
