"""The key store of an address (a folder, or a PostgreSQL of its own), and the vault over it."""

from __future__ import annotations

from pathlib import Path

from alliance.kit.keys.files import FileKeys
from alliance.kit.keys.model import KeyStore
from alliance.kit.keys.postgres import PostgresKeys
from alliance.kit.keys.secrets import Vault, use


def open_keys(address: str) -> KeyStore:
    """Open the store that ALLIANCE_KEYS names: `postgresql://…` is a database, anything else a
    folder."""
    if address.startswith(("postgresql://", "postgres://")):
        return PostgresKeys(address)
    return FileKeys(Path(address.removeprefix("file://")).resolve())


def open_vault(secret: str, address: str) -> Vault:
    """Open the hub's vault over the store of an address, and make it the vault of the process."""
    vault = Vault(secret, open_keys(address))
    use(vault)
    return vault
