"""The hub of a county's industry-education alliance; `docs/architecture.md` is the way in."""
