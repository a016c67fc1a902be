"""The server beneath: a private PostgreSQL, the primary of several, migrations and the rooms'
schemas."""
