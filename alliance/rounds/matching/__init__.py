"""From facts to proposals, pure: feasible pairs, scores, the season's order, certificates,
reasons."""
