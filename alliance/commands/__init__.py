"""What the command `alliance` does.

`ground` finds the database; `preparing` brings it to this version and makes the demonstration
county; `serving` keeps the web processes and workers running; `checking` says what is wrong.
`serving` and `ground` import little on purpose: the supervisor is small and quick to start, and
what it forks has imported the rest.
"""
