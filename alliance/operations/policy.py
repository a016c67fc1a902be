"""The operations page's rows of the policy table: the secretary operates the hub."""

POLICY = {"operations": frozenset({"secretary"})}
