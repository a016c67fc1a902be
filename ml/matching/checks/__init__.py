"""Whoever doubts an outcome looks here: independent audits, certificates, packages, a reference in
plain Python."""
