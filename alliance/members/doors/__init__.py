"""The doors of the hub: attempts counted before they are judged, sessions that end, passwords that
hold, the second factor.

What always holds: an attempt is counted before its secret is looked at, and nothing but time opens
a door that is held; a session is a row of `signed_in`, and the database ends it when its account
closes, changes its password or loses a role. Look into `attempts` for who waits how long,
`sessions` for who is in, `second_factor` for codes.
"""
