"""A host's interns: the list its people see, and what it may be told of them."""
