"""Factors of the chain from demand to gaps."""
