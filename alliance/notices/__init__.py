"""Messages in the hub: what a person should know, said once, with a way to the page where it is
dealt with.

What always holds (in the database): one notice per person and key, so that telling twice is telling
once.
"""
