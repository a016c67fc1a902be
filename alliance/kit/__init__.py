"""What every domain stands on and no domain owns; it imports no domain."""
