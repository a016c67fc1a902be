"""Pure models over arrays and frames; nothing here imports the hub."""
