"""Pages of posts: their list, one post, its form."""
