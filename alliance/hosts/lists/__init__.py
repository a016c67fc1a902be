"""Host lists: hosts proposed, shown to the public, decided upon, struck off."""
