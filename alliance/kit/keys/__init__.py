"""Where the personal keys lie: outside the database, so that no dump of it holds a key beside the
values.

What always holds: a key is in the store before the row that names it commits (an orphan is harmless
and swept); a person who was erased stands in the list of the erased before the key is deleted; a
key that was erased is never taken back. `model.KeyStore` says what a store does, `files` keeps one
in a folder, `postgres` in a database of its own.
"""
