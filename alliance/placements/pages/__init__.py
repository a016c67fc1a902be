"""Pages of placement files: their list, one file, a post that the student found."""
