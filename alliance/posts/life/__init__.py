"""What becomes of a post on offer: changed, paused, with the consent of who counts on it."""
