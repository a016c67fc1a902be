"""What changes under a round after it opened: its posts, its rules."""
