"""Correcting by what a student is known: numbers, birth day and class, with the reason."""
