"""What pages are made of: templates, rendering, values of an address, files."""
