"""A second person where the hub has none: the operator confirms on the server, and the audit trail says so."""

from __future__ import annotations

import asyncio
from uuid import UUID

from alliance.app import wire
from alliance.commands.ground import application_dsn, running_server, say
from alliance.commands.preparing import prepare_database
from alliance.kit.engine import connect
from alliance.kit.keys.opening import open_vault
from alliance.kit.problems import Refusal
from alliance.members.confirmations import confirm_as_operator
from alliance.settings import Settings, read_settings


def confirm(identifier: str) -> int:
    """Confirm what waits under this id (it stands on the page "Second persons"); 1 when nothing does."""
    settings = read_settings()
    with running_server(settings):
        prepare_database(settings)
        try:
            say(f"confirmed: {asyncio.run(_confirm(settings, UUID(identifier)))}")
        except (Refusal, ValueError) as error:
            say(str(error))
            return 1
    return 0


async def _confirm(settings: Settings, confirmation: UUID) -> str:
    wire()
    engine = connect(application_dsn(settings))
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        return await confirm_as_operator(open_vault(settings.secret, settings.keys), confirmation, settings.base)
    finally:
        await engine.close_connection_pool()
