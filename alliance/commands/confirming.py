"""Second persons where the hub has none: the operator acts on the server, and the audit trail says
so."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from alliance.app import wire
from alliance.commands.ground import application_dsn, running_server, say
from alliance.commands.preparing import prepare_database
from alliance.kit.engine import connect
from alliance.kit.keys.opening import open_vault
from alliance.kit.keys.secrets import Vault
from alliance.kit.problems import Refusal
from alliance.members.accounts.actions import renew_factor_as_operator
from alliance.members.accounts.confirmations import confirm_as_operator
from alliance.settings import Settings, read_settings

T = TypeVar("T")


def confirm(identifier: str) -> int:
    """Confirm what waits under this id (it stands on the page "Second persons"); 1 when nothing
    does."""
    settings = read_settings()
    with running_server(settings):
        prepare_database(settings)
        try:
            identified = UUID(identifier)
            kind = asyncio.run(
                _over(settings, lambda vault: confirm_as_operator(vault, identified, settings.base))
            )
        except (Refusal, ValueError) as error:
            say(str(error))
            return 1
    say(f"confirmed: {kind}")
    return 0


def renew_factor(login: str, why: str) -> int:
    """Take the lost second step of an account away, so that the next sign-in sets a new one up; 1
    when it cannot be."""
    settings = read_settings()
    by = f"{os.environ.get('SUDO_USER') or getpass.getuser()}@{socket.gethostname()}"
    with running_server(settings):
        prepare_database(settings)
        try:
            asyncio.run(
                _over(settings, lambda vault: renew_factor_as_operator(vault, login, by, why))
            )
        except Refusal as error:
            say(str(error))
            return 1
    say(f"the second step of {login} is gone: the next sign-in sets it up; the trail names {by}")
    return 0


async def _over(settings: Settings, work: Callable[[Vault], Coroutine[Any, Any, T]]) -> T:
    """Do something over this environment's database and keys."""
    wire()
    engine = connect(application_dsn(settings))
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        return await work(open_vault(settings.secret, settings.keys))
    finally:
        await engine.close_connection_pool()
