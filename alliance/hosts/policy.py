"""Host files' rows of the policy table."""

_HOST_READERS = frozenset({"coordinator", "instructor", "secretary", "authority", "planner"})

POLICY = {
    "host.read": _HOST_READERS | {"hr"},
    "host.check": frozenset({"hr", "coordinator", "secretary", "authority"}),
    "host.inspect": frozenset({"coordinator"}),
    "host.count": frozenset({"hr"}),
    "host_list.read": _HOST_READERS,
    "host_list.edit": frozenset({"coordinator"}),
    "school_file.read": frozenset({"coordinator", "instructor", "secretary", "authority"}),
    "school_file.edit": frozenset({"coordinator"}),
}
