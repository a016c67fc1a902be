"""Students whom a round left without a post: a second round for them, a place from the list, who
waits where; and two students who change places."""
