"""Background work of placements."""

from alliance.kit.jobs import Work
from alliance.kit.secrets import Vault


def work(vault: Vault) -> dict[str, Work]:
    """Jobs by name."""
    return {}
