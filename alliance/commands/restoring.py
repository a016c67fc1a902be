"""What makes a restored database keep the promises that were made after its backup."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from alliance.app import wire
from alliance.commands.ground import application_dsn, running_server, say
from alliance.commands.preparing import prepare_database
from alliance.kit.engine import connect
from alliance.kit.keys.files import read_erased
from alliance.kit.keys.opening import open_vault
from alliance.members import erasing
from alliance.settings import Settings, read_settings


def apply_erased(lists: Sequence[str]) -> int:
    """Erase again everybody whom a restored database or key store brought back; `lists` are newer lists of the erased."""
    settings = read_settings()
    with running_server(settings):
        prepare_database(settings)
        back, listed = asyncio.run(erase_again(settings, lists))
    say(f"{listed} people stand on the list of the erased; {back} had come back and are erased again")
    return 0


async def erase_again(settings: Settings, lists: Sequence[str]) -> tuple[int, int]:
    """Apply the list of the erased to a migrated database; returns how many had come back and how many are listed."""
    wire()
    vault = open_vault(settings.secret, settings.keys)
    for name in lists:
        vault.keys.remember(read_erased(Path(name).read_bytes()))
    engine = connect(application_dsn(settings))
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        return await erasing.apply_erased(vault), len(vault.keys.erased())
    finally:
        await engine.close_connection_pool()
