"""What gates found: evaluations, kept with the rule pack's version, so that an old decision can be read again."""
