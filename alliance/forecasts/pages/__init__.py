"""Pages that span panel, runs, drivers and trust: the overview, a series, the list of series."""
