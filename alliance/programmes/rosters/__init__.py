"""Class registers as schools keep them: read, explained, and taken over."""
