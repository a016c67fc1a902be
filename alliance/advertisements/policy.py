"""Advertisements' rows of the policy table; `demand.read` opens the forecasts too."""

POLICY = {
    "demand.read": frozenset({"planner", "authority", "secretary", "researcher"}),
    "demand.import": frozenset({"planner", "secretary"}),
}
