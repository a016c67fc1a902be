"""Accounts of people: invited, confirmed by a second person, linked, told, closed."""
