"""Uploaded files that prove something: kept with their fingerprint, read by those concerned,
withdrawn, never changed.

What always holds: a file's content is sealed under the key of the person whom it is about; evidence
is withdrawn with its reason, never changed (trigger).
"""
