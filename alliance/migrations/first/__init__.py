"""The list of tables, columns and constraints that the first step makes, frozen, and what reads it."""
