"""Who may do what with demand."""

POLICY = {
    "demand.read": frozenset({"planner", "authority", "secretary", "researcher"}),
    "demand.import": frozenset({"planner", "secretary"}),
    "demand.run": frozenset({"planner"}),
    "driver.edit": frozenset({"planner"}),
    "alarm.acknowledge": frozenset({"planner"}),
}
