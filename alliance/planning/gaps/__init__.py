"""Gaps by specialty: how many are needed, how many enter work."""
