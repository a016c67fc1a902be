"""Pages of accounts: managing them, second persons, one's own."""
