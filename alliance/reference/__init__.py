"""Catalogues that everybody reads: industries, occupations, specialties, towns, and how specialties
lead to occupations."""
