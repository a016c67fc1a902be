"""Who may do what with demand."""

POLICY = {
    "demand.run": frozenset({"planner"}),
    "driver.edit": frozenset({"planner"}),
    "alarm.acknowledge": frozenset({"planner"}),
}
