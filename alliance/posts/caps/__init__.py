"""How full hosts and kinds of work are, and how that is shown while a post is written."""
