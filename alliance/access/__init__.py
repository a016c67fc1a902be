"""Who read whose data: the log of every reading of a student's values, who approved it, and whether
anybody changed it.

An entry (`access_entry`) is one student on one page or in one export; entries of one page share a
`reading`. The kit's `reading.show` writes them in the transaction that opens the names, so that a
reading that cannot be logged does not happen. The worker seals entries in blocks (`access_seal`); a
block holds the hash of the block before it.

A person who answers for students' data (`data_officer`) approves which roles or persons of the
organisation may read for which purposes (`reading_approval`); every organisation begins with the
standing approval of its daily duty.

Look at `write_access` in `alliance/programmes/schema.sql` for the function that writes,
`sealing.py` for the chain, `queries.py` for the pages.
"""
