"""What is wrong with this installation; whether a certificate tells the truth; whether the access
log stands."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alliance.access import sealing
from alliance.commands.backing_up import age_problem
from alliance.commands.ground import application_dsn, owner_dsn, running_server, say
from alliance.commands.preparing import prepare_database
from alliance.drift import drift
from alliance.kit.engine import connect
from alliance.kit.keys.opening import open_vault
from alliance.kit.web import pages
from alliance.members.erasing import lost_keys
from alliance.settings import Settings, read_settings
from ml.matching.checks.package import disagreements
from ml.matching.checks.values import read_value


def check() -> int:
    """Say what is wrong with this installation, if anything; 1 if something is."""
    settings = read_settings()
    needed = ("vendor/tabler.min.css", "vendor/htmx.min.js")
    problems = [
        f"{name} is missing: run `make setup`"
        for name in needed
        if not (pages.STATIC / name).exists()
    ]
    with running_server(settings):
        prepare_database(settings)
        problems += asyncio.run(drift(owner_dsn(settings)))
        if lost := asyncio.run(_lost_keys(settings)):
            problems.append(
                f"{lost} people have no key in the key store: their values cannot be read"
            )
    if late := age_problem(settings):
        problems.append(late)
    for problem in problems:
        say(f"- {problem}")
    say("nothing wrong" if not problems else f"{len(problems)} problems")
    return 1 if problems else 0


async def _lost_keys(settings: Settings) -> int:
    vault = open_vault(settings.secret, settings.keys)
    engine = connect(application_dsn(settings))
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        return await lost_keys(vault)
    finally:
        await engine.close_connection_pool()


def verify(file: str) -> int:
    """Check a certificate against the inputs it carries: 0 confirmed, 1 contradicted, 2 no
    certificate."""
    try:
        found = disagreements(read_value(Path(file)))
    except OSError as error:
        say(f"{file}: cannot be read: {error.strerror}")
        return 2
    except ValueError as error:
        say(f"{file}: {error}")
        return 2
    for line in found:
        say(f"- {line}")
    say(
        "confirmed: the outcome is feasible, stable and follows from the inputs"
        if not found
        else f"{len(found)} disagreements"
    )
    return 1 if found else 0


def verify_access(accept: str | None = None) -> int:
    """Check the access log's chain: 0 it holds, 1 it was changed, with the first place.

    `accept` is why the newest blocks may be missing (the database went back in time): it goes into
    the trail, and the chain on.
    """
    settings = read_settings()
    with running_server(settings):
        found = asyncio.run(_broken_access(settings, accept))
    say(
        "the access log holds: every sealed entry stands as it was written"
        if found is None
        else f"- {found}"
    )
    return 0 if found is None else 1


async def _broken_access(settings: Settings, accept: str | None) -> str | None:
    vault = open_vault(settings.secret, settings.keys)
    engine = connect(application_dsn(settings))
    await engine.start_connection_pool(min_size=1, max_size=2)
    try:
        if accept is not None and await sealing.accept_cut(vault, accept):
            say(
                "put on record: the newest blocks are missing, and the chain goes on from what is "
                "there"
            )
        return await sealing.broken(vault)
    finally:
        await engine.close_connection_pool()
