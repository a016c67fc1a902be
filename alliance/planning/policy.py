"""Who may do what with planning."""

POLICY = {
    "gap.read": frozenset({"planner", "authority", "secretary", "researcher"}),
    "factor.edit": frozenset({"planner"}),
}
