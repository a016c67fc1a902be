"""Host files: what is known of an enterprise before it may take interns, and what schools do about
it.

Words: a *check* is a school's written inspection before a placement, an *inspection* is the
authority's; a *host list* (实习单位名录) is drawn up by a school and shown to the public for some
days; a *school file* says how a school supervises.

What always holds: a host's facts are what somebody stated with a proof, on a day; a list is decided
once.
"""
