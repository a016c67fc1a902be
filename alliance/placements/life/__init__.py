"""How placements begin outside a round, and how they end by themselves."""
