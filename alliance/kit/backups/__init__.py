"""Backups: two encrypted archives, one of the database and one of the personal keys, kept in
different places.

`archive` writes and opens them (age, X25519); `database` dumps, counts and restores with
PostgreSQL's own programs. Whoever finds one archive reads nothing: the database's needs the keys
and the hub's secret, the keys' needs the secret, and both need the age identity, which never lies
on the server.
"""
